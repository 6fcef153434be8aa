"""What can go wrong in the domain: a class with a slug, and what to do next in both languages.

The domain knows no HTTP: the server maps slugs to statuses in one table, and a test holds that it is whole.
Placeholders in braces are filled from the keyword arguments given when the error is raised.
"""

from typing import ClassVar


class KairanError(Exception):
    """A refusal a person can act on. `facts` travel in the problem body too: no contact data in them."""

    slug: ClassVar[str] = "error"
    ja: ClassVar[str] = "うまくいきませんでした。しばらくしてから、もう一度お試しください。"
    en: ClassVar[str] = "Something went wrong. Please try again in a little while."

    def __init__(self, **facts: object) -> None:
        super().__init__(self.slug)
        self.facts = facts
        self.headers: dict[str, str] = {}
        """For the edge, where a protocol wants something said beside the body."""

    def detail(self, lang: str = "ja") -> str:
        """One sentence or two for the reader: Japanese unless `lang` begins with "en"."""
        return (self.en if lang.lower().startswith("en") else self.ja).format(**self.facts)

    def __str__(self) -> str:
        return f"{self.slug}: {self.detail('en')}"


# --- composing ------------------------------------------------------------------------------------------


class KindUnknown(KairanError):
    slug = "kind-unknown"
    ja = "種類を一覧から選んでください。"
    en = "There is no kind {kind!r} here. Use notice, circular, emergency, exercise or safety-check."


class UrgencyUnknown(KairanError):
    slug = "urgency-unknown"
    ja = "急ぎの度合いは「ふつう」か「急ぎ」を選んでください。"
    en = "There is no urgency {urgency!r}. Use ordinary or urgent."


class NothingAsked(KairanError):
    slug = "nothing-asked"
    ja = "確かめを待っている配信はありません。画面を開きなおしてください。"
    en = "Nothing of this notice waits for your word. Load it again."


class TopicUnknown(KairanError):
    slug = "topic-unknown"
    ja = "分野を一覧から選んでください。"
    en = "There is no topic {topic!r}. Use garbage, disaster, events, children, obituary, rules, money or other."


class TitleMissing(KairanError):
    slug = "title-missing"
    ja = "題名を書いてください。"
    en = "Write a title."


class TitleTooLong(KairanError):
    slug = "title-too-long"
    ja = "題名が{length}文字あります。{most}文字までに短くしてください。"
    en = "The title has {length} characters. Shorten it to {most}."


class TextMissing(KairanError):
    slug = "text-missing"
    ja = "本文を書いてください。"
    en = "Write the text."


class TextTooLong(KairanError):
    slug = "text-too-long"
    ja = "本文が{length}文字あります。{most}文字までに短くするか、長い部分をPDFにして付けてください。"
    en = "The text has {length} characters. Shorten it to {most}, or attach the long part as a PDF."


class WrongText(KairanError):
    slug = "wrong-text"
    ja = "使えない文字（制御文字や、文字の向きを変える記号）が「{field}」にあります。取り除いてください。"
    en = (
        "The field {field} contains control characters or marks that turn the direction of text. Remove them."
    )


class DateUnreadable(KairanError):
    slug = "date-unreadable"
    ja = "日付が正しくありません。カレンダーから選びなおしてください。"
    en = "The field {field} is not a date. Use 2026-11-30, or an instant with its offset."


class DeadlinePast(KairanError):
    slug = "deadline-past"
    ja = "期限がもう過ぎています。これからの日を選んでください。"
    en = "The deadline has passed already. Choose a later day."


class AudienceEmpty(KairanError):
    slug = "audience-empty"
    ja = "送り先の班を一つ以上選んでください。"
    en = "Choose at least one block, or all."


class BlockForeign(KairanError):
    slug = "block-foreign"
    ja = "この会にない班が選ばれています。送り先を選びなおしてください。"
    en = "One of the blocks is not of this association. Choose again."


class TooManyFiles(KairanError):
    slug = "too-many-files"
    ja = "付けられるファイルは{most}個までです。"
    en = "A notice carries at most {most} files."


# --- the life of a notice -------------------------------------------------------------------------------


class NotFound(KairanError):
    slug = "not-found"
    ja = "見つかりませんでした。取り下げられたか、見ることができない場所です。"
    en = "There is nothing here that you may see."


class NotAllowed(KairanError):
    slug = "not-allowed"
    ja = "この操作は、いまの役職ではできません。役員の方にお願いしてください。"
    en = "Your seats do not allow this. Ask an officer of the association."


class NobodyThere(KairanError):
    slug = "nobody-there"
    ja = "送り先に世帯がひとつもありません。送り先か名簿を確かめてください。"
    en = "There is no household in this audience. Check the audience, or the roster."


class WrongState(KairanError):
    slug = "wrong-state"
    ja = "いまの状態では、この操作はできません。画面を開きなおしてください。"
    en = "This cannot be done to a notice that is {state}. Load it again."


class RevisionOld(KairanError):
    slug = "revision-old"
    ja = "開いたあとに、ほかの方が書きかえたか、送りました。新しい内容を見てから、もう一度なおしてください。"
    en = "Somebody changed or sent this first; it is at revision {revision} now. Load it and change it again."


class RevisionUnseen(KairanError):
    slug = "revision-unseen"
    ja = "まだ送っていません。開いたあとに、ほかの方がこの下書きを書きかえました。いまの内容を見てから、もう一度送ってください。"
    en = "Nothing was sent: somebody changed this draft, and it is at revision {revision} now. Look at it, and send it again."


class ChoiceUnknown(KairanError):
    slug = "choice-unknown"
    ja = "選べない値です。画面を開きなおしてください。"
    en = "The field {field} must be one of: {choices}."


class KeyReused(KairanError):
    slug = "idempotency-key-reused"
    ja = "同じ操作番号で、ちがう内容が送られました。画面を開きなおして、もう一度お試しください。"
    en = "This Idempotency-Key was used for another request. Use a new key for a new notice."


class KeyMissing(KairanError):
    slug = "idempotency-key-missing"
    ja = "操作番号がありません。アプリを新しくしてください。"
    en = "Send an Idempotency-Key header (1 to 64 visible ASCII characters), so that a retry makes no second notice."


class IdTaken(KairanError):
    slug = "id-taken"
    ja = "この番号はもう使われています。書きなおしてください。"
    en = "This id is already in use. Make a new one."


class FieldWrong(KairanError):
    slug = "field-wrong"
    ja = "送られた内容に誤りがあります（{field}）。画面を開きなおして、もう一度お試しください。"
    en = "The field {field} is missing or of the wrong kind: {why}."


# --- proof ----------------------------------------------------------------------------------------------


class NotYourHousehold(KairanError):
    slug = "not-your-household"
    ja = "ご自分の世帯の印だけを押せます。"
    en = "A stamp can only be given for a household you live in."


class NoStampAsked(KairanError):
    slug = "no-stamp-asked"
    ja = "このお知らせは印を求めていません。"
    en = "This notice does not ask for a stamp."


class NotInAudience(KairanError):
    slug = "not-in-audience"
    ja = "この世帯は、このお知らせの送り先に入っていません。"
    en = "This household was not in the audience when the notice was published."


class Withdrawn(KairanError):
    slug = "withdrawn"
    ja = "このお知らせは取り下げられました。"
    en = "This notice was withdrawn."
