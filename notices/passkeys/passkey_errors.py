"""What can go wrong with a passkey: see notices/errors.py."""

from notices.errors import KairanError


class PasskeyNeeded(KairanError):
    slug = "passkey-needed"
    ja = "市全体にかかわる操作の前に、パスキーでご本人か確かめます。パスキーがないときは、設定の画面で作ってください。"
    en = "Prove with your passkey that it is you (POST /api/v1/me/step-up), then send this again within {minutes} minutes."


class PasskeyRefused(KairanError):
    """Nobody's, or its answer is not right; which of them is not said."""

    slug = "passkey-refused"
    ja = "このパスキーでは確かめられませんでした。ほかのパスキーを選ぶか、市のシステム担当者に紙の番号をもらってください。"
    en = "This passkey is not one of ours, or its answer is damaged. Use another, or ask the operator for a slip."


class PasskeyElsewhere(KairanError):
    slug = "passkey-wrong-origin"
    ja = "このパスキーの返事は、ほかのページのためのものです。いつもの住所のページを開いて、もう一度お試しください。"
    en = "The answer was made for another page than {origin}. Open that page and try again."


class PasskeyUnverified(KairanError):
    slug = "passkey-unverified"
    ja = "ご本人の確かめ（指紋・顔・暗証番号）がありませんでした。端末の画面ロックを設定して、もう一度お試しください。"
    en = (
        "The device did not verify its user (fingerprint, face or PIN). Set up its screen lock and try again."
    )


class PasskeyCopied(KairanError):
    slug = "passkey-counter-old"
    ja = "このパスキーは、写しが使われたおそれがあるため受け付けません。市のシステム担当者に知らせて、作りなおしてください。"
    en = "The passkey's counter has not grown: a copy of it may be in use. Tell the operator, and make a new passkey."


class ChallengeOld(KairanError):
    """It is over, was answered before, or was asked of somebody else."""

    slug = "passkey-challenge-old"
    ja = "確かめの時間が過ぎたか、もう使われました。もう一度、はじめからお試しください。"
    en = "The challenge is over, or was answered before. Ask for new options and begin again."


class PasskeyNotForYou(KairanError):
    slug = "passkey-not-for-you"
    ja = "パスキーは、市の仕事をする方が使います。町内会の方は、紙の番号かメールの番号で入れます。"
    en = "Passkeys are for those who hold a seat of the city. Others come in by a slip or a mailed code."


class SlipWanted(KairanError):
    slug = "passkey-slip-wanted"
    ja = (
        "パスキーを作るには、今あるパスキーで確かめるか、市のシステム担当者からもらった新しい紙の番号で"
        "この端末を登録してください。"
    )
    en = "Prove yourself with a passkey you have, or enrol this device with a new slip of the operator (`kairan ticket`)."


class PasskeysNotOffered(KairanError):
    slug = "passkeys-not-offered"
    ja = "ここではパスキーを使えません。市のシステム担当者に知らせてください。"
    en = "KAIRAN_ORIGIN is an address of numbers. A passkey is bound to a name: set KAIRAN_ORIGIN to one."


class PasskeyUnknown(KairanError):
    slug = "passkey-unknown"
    ja = "このパスキーは見つかりません。画面を開きなおしてください。"
    en = "You have no such passkey. Load the list again."
