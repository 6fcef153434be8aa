"""What can go wrong with a city's circulars: see notices/errors.py."""

from notices.errors import KairanError


class AssociationMissing(KairanError):
    slug = "association-missing"
    ja = "送り先の町内会を一つ以上選んでください。"
    en = "Choose at least one association or district, or all."


class AssociationForeign(KairanError):
    slug = "association-foreign"
    ja = "この市にない町内会や地区が選ばれています。送り先を選びなおしてください。"
    en = "One of the associations or districts is not of this city. Choose again."


class CircularText(KairanError):
    slug = "circular-too-long"
    ja = "本文が{length}文字あります。町内会が添え書きをつけられるように、{most}文字までに短くしてください。"
    en = "The text has {length} characters. Shorten it to {most}: associations add a note of their own."


class CoverTooLong(KairanError):
    slug = "cover-too-long"
    ja = "添え書きが{length}文字あります。{most}文字までに短くしてください。"
    en = "The note has {length} characters. Shorten it to {most}."


class CircularUnknown(KairanError):
    slug = "circular-unknown"
    ja = "その回覧は、あなたの町内会には届いていません。画面を開きなおしてください。"
    en = "The city has not sent this circular to an association of yours."


class CircularWithdrawn(KairanError):
    slug = "circular-withdrawn"
    ja = "市がこの回覧を取り下げました。回す必要はありません。"
    en = "The city has withdrawn this circular. There is nothing to forward."


class CircularOver(KairanError):
    slug = "circular-over"
    ja = "この回覧の期限は過ぎました。もう回せません。回したいときは、市に期限をのばしてもらってください。"
    en = "The deadline of this circular has passed. Ask the city for a later one to forward it still."


class AlreadyForwarded(KairanError):
    slug = "already-forwarded"
    ja = "この回覧は、もう町内会に回しました。やめるときは、「出したお知らせ」で取り下げてください。"
    en = "This circular was forwarded already. To stop it, withdraw the association's notice."


class DeadlineAfterCity(KairanError):
    slug = "deadline-after-city"
    ja = "市の期限より後の日は選べません。市の期限までの日を選んでください。"
    en = "Your deadline is after the city's. Choose a day up to the city's own."


class ReasonMissing(KairanError):
    slug = "reason-missing"
    ja = "回さない理由を、200文字までで書いてください。市に伝えます。"
    en = "Write in up to 200 characters why it is not for you. The city will read it."


class WordsOfTheCity(KairanError):
    slug = "words-of-the-city"
    ja = "市の回覧の文は、町内会では直せません。まちがいがあれば、市に知らせてください。"
    en = "The text is the city's: an association cannot correct it. Tell the city of the mistake."


class CircularExpired(KairanError):
    slug = "circular-expired"
    ja = "この回覧を消す日がもう過ぎています。書いた人にもどし、日を変えて、もう一度たのんでください。"
    en = "The day on which this circular goes has passed. Give it back to its writer, who chooses a later one and asks again."


class AwaitsNobody(KairanError):
    slug = "no-association"
    ja = "送り先に町内会がひとつもありません。送り先を選びなおしてください。"
    en = "There is no association in this audience. Choose again."


class CorrectionAlone(KairanError):
    slug = "correction-alone"
    ja = (
        "送った回覧で直せるのは、期限か、題と本文です（題と本文は、ほかの方が承認すると直ります）。一度にはどちらかにしてください。"
        "そのほかを変えるときは、取り下げて書きなおし、もう一度承認をたのんでください。"
    )
    en = (
        "Of what has been sent you can move the deadline, or correct title and text, which a second person approves; one of the "
        "two at a time. To change anything else, withdraw it, write it anew, and have it approved."
    )
