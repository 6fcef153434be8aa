"""What can go wrong with emergencies and exercises: see notices/errors.py."""

from notices.errors import KairanError


class AnotherKind(KairanError):
    slug = "another-kind"
    ja = "訓練と本番は、べつのものです。たがいに変えたり、続けたりできません。はじめから書いてください。"
    en = "This is of kind {kind}, and no kind becomes another or follows it. Write it anew as what it is to be."


class KindUnsaid(KairanError):
    slug = "kind-unsaid"
    ja = "緊急・訓練・安否確認は、それぞれの画面のボタンから送ってください。"
    en = "What is of kind {kind} is sent by POST …/send, which says the kind."


class AlarmStands(KairanError):
    slug = "alarm-stands"
    ja = "出したあとの文は直せません。「続報」を出すか、取り下げてください。"
    en = "What it says stands once it is out: send an update that refers to it, or withdraw it."


class FollowUpWrong(KairanError):
    slug = "follow-up-wrong"
    ja = "続報と解除は、緊急か訓練の最初のお知らせに続けて出してください。"
    en = "An update or all-clear is an emergency or exercise that refers to the first message; a first one refers to none."


class FirstUnknown(KairanError):
    slug = "first-unknown"
    ja = "もとのお知らせが見つかりません。一覧から選びなおしてください。"
    en = "There is no such first message of yours that is out. Refer to the first of the chain, not to an update of it."


class ChainOver(KairanError):
    slug = "chain-over"
    ja = "もう解除されています。新しいことは、新しいお知らせとして出してください。"
    en = "This chain is {state}. What is new is a first message again."


class FollowUpElsewhere(KairanError):
    slug = "follow-up-elsewhere"
    ja = "続報と解除は、最初のお知らせと同じ相手に届きます。相手は変えられません。"
    en = "A follow-up goes to whom the first message went: leave the audience out."


class NotLater(KairanError):
    slug = "not-later"
    ja = "緊急のお知らせと安否確認は、日時を決めて送ることができません。"
    en = "An emergency or safety check goes out at the press: leave publishAt out."


class TemplateUnknown(KairanError):
    slug = "template-unknown"
    ja = "その文例はありません。文例を選びなおしてください。"
    en = "There is no such prepared text. GET /api/v1/alarm-templates lists them."


class FillInMissing(KairanError):
    slug = "fill-in-missing"
    ja = "{labels}を入れてください。"
    en = "The prepared text wants: {names}."


class AloneNotAllowed(KairanError):
    slug = "alone-not-allowed"
    ja = "ひとりで送れるのは、承認を頼んだ本人が、緊急のお知らせか安否確認を送るときだけです。"
    en = "Only whoever asked goes on alone, with an emergency or safety check, where the city's setting lets them."


class AloneTooSoon(KairanError):
    slug = "alone-too-soon"
    ja = "承認を待っています。{minutes}分たっても返事がなければ、わけを書いて、ひとりで送れます。"
    en = "It waits for a second person. You may go on alone, with a reason, from {minutes} minutes after you asked."


class AloneReasonMissing(KairanError):
    slug = "alone-reason-missing"
    ja = "ひとりで送るわけを、{most}文字までで書いてください。記録に残り、市のほかの方に伝わります。"
    en = "Say why you go on alone, in at most {most} characters. It is on record, and your colleagues are told."
