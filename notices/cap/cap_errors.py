"""What can be wrong with an alert that comes in, or with what the city has said of it: see notices/errors.py."""

from notices.errors import KairanError


class CapSecretWrong(KairanError):
    slug = "cap-secret-wrong"
    ja = "この警報の送り手は登録されていません。運用担当者に、鍵を確かめてもらってください。"
    en = "Nobody brings alerts with this secret. The operator makes one with `kairan cap allow`; send it as bearer."


class CapSenderWrong(KairanError):
    slug = "cap-sender-wrong"
    ja = "この鍵では、{sender} からの警報は受け取れません。運用担当者に登録してもらってください。"
    en = "This source may not bring alerts of {sender}. The operator allows senders with `kairan cap allow --sender`."


class CapTooLarge(KairanError):
    slug = "cap-too-large"
    ja = "警報が大きすぎます。{most}バイトまでにしてください。"
    en = "The alert is too large: {most} bytes at most."


class CapTooDetailed(KairanError):
    slug = "cap-too-detailed"
    ja = "警報の{what}が多すぎます。{most}個までにしてください。"
    en = "The alert has too many of: {what}. Send {most} at most."


class CapCharset(KairanError):
    slug = "cap-charset"
    ja = "警報の文字コードは UTF-8 にしてください。"
    en = "The alert is not in UTF-8, or says that it is in something else. Send UTF-8."


class CapDoctype(KairanError):
    slug = "cap-doctype"
    ja = "警報に DOCTYPE や実体の宣言は使えません。取りのぞいて送ってください。"
    en = "An alert has no DOCTYPE and declares no entities. Leave them out."


class CapNotXml(KairanError):
    slug = "cap-not-xml"
    ja = "警報が XML として読めません。{line}行目を確かめてください。"
    en = "The alert is not well-formed XML: see line {line}."


class CapNotCap(KairanError):
    slug = "cap-not-cap"
    ja = "CAP 1.2 の警報ではありません。名前空間が urn:oasis:names:tc:emergency:cap:1.2 の alert を送ってください。"
    en = "This is no alert of CAP 1.2: send an element alert in the namespace urn:oasis:names:tc:emergency:cap:1.2."


class CapVersion(KairanError):
    slug = "cap-version"
    ja = "CAP {version} の警報は受け取れません。1.2 で送ってください。"
    en = "Alerts of CAP {version} are not taken: send CAP 1.2."


class CapElementWrong(KairanError):
    slug = "cap-element-wrong"
    ja = "警報の {element} が、CAP 1.2 の決まりと違います。順番、回数、書き方を確かめてください。"
    en = "The element {element} is not as CAP 1.2 has it: look at its place, how often it stands, and what it says."


class CapNotPublic(KairanError):
    slug = "cap-not-public"
    ja = "公開（Public）でない警報は受け取れません。"
    en = "Only alerts of scope Public are taken: what comes in here is made to be passed on to everybody."


class CapNoInfo(KairanError):
    slug = "cap-no-info"
    ja = "警報に内容（info）がありません。"
    en = "The alert has no info: there is nothing to pass on."


class CapNoArea(KairanError):
    slug = "cap-no-area"
    ja = "警報に対象の地域（area）がありません。"
    en = "The alert does not say where: each info needs an area."


class CapExpired(KairanError):
    slug = "cap-expired"
    ja = "警報の有効期限（{expires}）が過ぎています。"
    en = "The alert has expired ({expires})."


class CapReferenceMissing(KairanError):
    slug = "cap-reference-missing"
    ja = "更新や取り消しには、もとの警報（references）が必要です。"
    en = "An Update or Cancel says which alerts it is about: `references`, as sender,identifier,sent."


class CapRuleWrong(KairanError):
    slug = "cap-rule-wrong"
    ja = "{what}を選びなおしてください。"
    en = "There is no such {field} for a rule."


class CapRuleOwn(KairanError):
    slug = "cap-rule-own"
    ja = "自動で送る決まりは、書いた人とは別の人が「使う」にしてください。"
    en = "A rule is switched on by somebody other than whoever wrote it."


class CapNobodyHere(KairanError):
    slug = "cap-nobody-here"
    ja = "この市には、警報を受け取る担当者がまだいません。運用担当者に知らせてください。"
    en = "Nobody works for this city here yet, so nobody would see the alert. Bring it again; ask the operator."
