"""What can go wrong with people: rosters, households, tickets, devices. See errors.py for the form."""

from notices.errors import KairanError

# --- rosters --------------------------------------------------------------------------------------------


class RosterHasErrors(KairanError):
    """`report`: the rows that are wrong, in Japanese, as the officer sees them."""

    slug = "roster-has-errors"
    ja = (
        "名簿に直すところが{errors}か所あります。何も取り込んでいません。表を直して、もう一度お試しください。"
    )
    en = "The roster has {errors} errors, listed in `report`. Nothing was imported. Correct them and try again."


class RosterEndsTooMany(KairanError):
    slug = "roster-ends-too-many"
    ja = (
        "この名簿を取り込むと、{households}世帯のうち{leaving}世帯が転出になります。"
        "ちがうファイルでないか確かめてください。"
    )
    en = (
        "This roster would end {leaving} of {households} households. Check that it is the right file; "
        "if it is, import it with `really`."
    )


class RosterEndsOfficers(KairanError):
    slug = "roster-ends-officers"
    ja = "この名簿を取り込むと、会長も役員もいなくなります。「役職」の列を確かめてください。"
    en = "This roster would leave the association without any officer. Check the column 役職."


class RosterNotInCp932(KairanError):
    slug = "roster-not-in-cp932"
    ja = "Shift_JISで表せない文字（{characters}）があります。UTF-8を選んで書き出してください。"
    en = "These characters do not exist in CP932: {characters}. Export as UTF-8."


# --- households -----------------------------------------------------------------------------------------


class HouseholdUnknown(KairanError):
    slug = "household-unknown"
    ja = "この世帯は見つかりません。転出していないか、名簿を確かめてください。"
    en = "There is no such household here, or it has left. Look at the roster."


class WalkWrong(KairanError):
    slug = "walk-wrong"
    ja = "巡回の順番は1から9999までの数字にしてください。"
    en = "The place in the walking order is a number from 1 to 9999."


# --- tickets and devices --------------------------------------------------------------------------------


class TicketsForNobody(KairanError):
    slug = "tickets-for-nobody"
    ja = "登録用紙を作る方を一人以上選んでください。"
    en = "Choose at least one person to make a ticket for."


class CannotEnrol(KairanError):
    """`people`: ids of those who neither live here nor hold a seat."""

    slug = "cannot-enrol"
    ja = "転出などで名簿にいない方が含まれています。名簿を開きなおして、選びなおしてください。"
    en = "Some of these people neither live in a household nor hold a seat. Load the roster and choose again."


class CodeMistyped(KairanError):
    slug = "code-mistyped"
    ja = "番号のどこかがちがっています。用紙を見ながら、もう一度入れてください。"
    en = "There is a typing mistake in the code. Compare it with the slip and enter it again."


class CodeRefused(KairanError):
    """The same for a code that never was, was used, was revoked or has expired."""

    slug = "code-refused"
    ja = (
        "この番号は使えません。すでに使われたか、期限が過ぎています。役員の方に新しい番号をもらってください。"
    )
    en = "This code cannot be used: it was used before, or has expired. Ask an officer for a new one."


class TooManyTries(KairanError):
    slug = "too-many-tries"
    ja = "まちがいが続いたため、しばらく受け付けません。{minutes}分ほど待ってから、もう一度お試しください。"
    en = "Too many wrong codes. Wait about {minutes} minutes and try again."


class CannotCarry(KairanError):
    slug = "cannot-carry"
    ja = "この端末からの引っ越しは、登録から24時間以内に一度だけできます。役員の方に新しい番号をもらってください。"
    en = "A device can move once, within 24 hours of its enrolment. Ask an officer for a new code."


class CarryBusy(KairanError):
    slug = "carry-busy"
    ja = "いま番号を出せません。少し待ってから、もう一度お試しください。"
    en = "No code is free just now. Try again in a little while."


class LineNotOffered(KairanError):
    slug = "line-not-offered"
    ja = "こちらではLINEでの受け取りを行っていません。アプリの知らせかメールをご利用ください。"
    en = "This installation has no official account on LINE. The operator sets KAIRAN_LINE_CHANNEL_TOKEN."


class DeviceNameWrong(KairanError):
    slug = "device-name-wrong"
    ja = "端末の名前は、ふつうの文字で{most}文字までにしてください。"
    en = "The device's name is at most {most} ordinary characters."


class DeviceKeyWrong(KairanError):
    slug = "device-key-wrong"
    ja = "端末の鍵が正しくありません。アプリを開きなおして、もう一度お試しください。"
    en = "The device key is not a point on P-256 (65 bytes, uncompressed)."


class DeviceUnknown(KairanError):
    slug = "device-unknown"
    ja = "この端末は見つかりません。一覧を開きなおしてください。"
    en = "There is no such device. Load the list again."
