"""What the REST routes take: camelCase JSON, unknown fields refused, everything read before a transaction opens."""

from typing import Annotated, Any, Final, Literal, TypeVar

import msgspec

from notices.alarm.templates import filled
from notices.errors import FieldWrong
from notices.ids import is_id
from notices.publishing.compose import Attached, Draft, instant
from server.edge.wire_forms import FormData

Id = Annotated[
    str, msgspec.Meta(pattern="^[A-Za-z0-9_-]{21}[AQgw]$", description="UUIDv7, 22 characters of base64url")
]
Sha = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]


TimeOfDay = Annotated[str, msgspec.Meta(pattern="^([01][0-9]|2[0-3]):[0-5][0-9]$")]

Urgency = Literal["ordinary", "urgent"]
"""What an officer may choose; an emergency is a kind of its own."""


class Wire(msgspec.Struct, rename="camel", forbid_unknown_fields=True, kw_only=True, frozen=True):
    """camelCase outside, snake_case inside."""


class Agreed(Wire, kw_only=True, frozen=True):
    """The privacy text that stood beside the button."""

    version: str
    locale: str


class Enrol(Wire, kw_only=True, frozen=True):
    ticket: str | None = None
    carry_code: str | None = None
    device_name: str = ""
    device_key: str | None = None
    """P-256 public key, base64url, uncompressed."""
    consent: Agreed | None = None


class FileRef(Wire, kw_only=True, frozen=True):
    sha256: Sha
    name: str


class Audience(Wire, kw_only=True, frozen=True):
    blocks: list[Id]


MOST: Final = 2_000
"""Associations of the largest city there is, with room."""
District = Annotated[str, msgspec.Meta(max_length=100, pattern=r"^[^\x00]*$")]


class To(Wire, kw_only=True, frozen=True):
    """Of an association its blocks; of the city associations, or districts."""

    blocks: Annotated[list[Id], msgspec.Meta(max_length=MOST)] | None = None
    associations: Annotated[list[Id], msgspec.Meta(max_length=MOST)] | None = None
    districts: Annotated[list[District], msgspec.Meta(max_length=MOST)] | None = None

    def audience(self) -> dict[str, object]:
        said = {"blocks": self.blocks, "associations": self.associations, "districts": self.districts}
        return {name: list(dict.fromkeys(each)) for name, each in said.items() if each is not None}


class Translated(Wire, kw_only=True, frozen=True):
    title: str
    body: str


Translations = dict[Literal["ja-easy", "en", "zh", "ko"], Translated]


def _said(translations: Translations) -> dict[str, Any]:
    return {lang: {"title": each.title, "body": each.body} for lang, each in translations.items()}


class OfAlarms(Wire, kw_only=True, frozen=True):
    """What an emergency or exercise says beside its words."""

    translations: Translations = {}
    refers_to: Id | None = None
    """The first message of its chain, of an update or an all-clear."""
    step: Literal["first", "update", "all-clear"] = "first"
    template: Annotated[str, msgspec.Meta(max_length=32)] | None = None
    fill_ins: dict[str, Annotated[str, msgspec.Meta(max_length=1_000)]] = {}
    """Of the template. Its translations are then made here, unless they are given."""

    def of_alarms(self, kind: str) -> dict[str, Any]:
        """Raises what templates.filled raises."""
        said = _said(self.translations)
        if self.template is not None:
            made = {} if said else filled(self.template, kind, self.fill_ins)
            said |= {lang: dict(each) for lang, each in made.items() if lang != "ja"}
        return {
            "translations": said,
            "refers_to": self.refers_to,
            "step": self.step,
            "template": self.template,
        }


class NewNotice(OfAlarms, kw_only=True, frozen=True):
    id: Id | None = None
    association: Id | None = None
    kind: str
    topic: str
    title: str
    body: str
    audience: Audience | Literal["all"] = "all"
    files: list[FileRef] = []
    deadline: str | None = None
    """A day (`2026-11-30`: until its end in Tokyo) or an instant with offset."""
    expires_at: str | None = None
    urgency: Urgency = "ordinary"
    form: FormData | None = None
    publish: bool = False
    publish_at: str | None = None

    def draft(self) -> Draft:
        """Raises DateUnreadable."""
        return Draft(
            kind=self.kind,
            topic=self.topic,
            title=self.title,
            body=self.body.replace("\r\n", "\n"),
            audience={} if self.audience == "all" else {"blocks": list(dict.fromkeys(self.audience.blocks))},
            files=tuple(Attached(file.sha256, file.name) for file in self.files),
            deadline=instant(self.deadline, "deadline"),
            expires_at=instant(self.expires_at, "expiresAt"),
            urgency=self.urgency,
            **self.of_alarms(self.kind),
            form=None if self.form is None else self.form.form(),
        )


class Correction(Wire, kw_only=True, frozen=True):
    base_revision: int
    title: str | msgspec.UnsetType = msgspec.UNSET
    body: str | msgspec.UnsetType = msgspec.UNSET
    topic: str | msgspec.UnsetType = msgspec.UNSET
    audience: To | Literal["all"] | msgspec.UnsetType = msgspec.UNSET
    """Of a draft."""
    deadline: str | msgspec.UnsetType | None = msgspec.UNSET
    files: list[FileRef] | msgspec.UnsetType = msgspec.UNSET
    urgency: Urgency | msgspec.UnsetType = msgspec.UNSET
    form: FormData | msgspec.UnsetType | None = msgspec.UNSET
    translations: Translations | msgspec.UnsetType = msgspec.UNSET
    resend: str = "none"
    ask_again: bool = False
    drop_answers: bool = False
    """What the form asks no more may be lost."""

    def changes(self) -> dict[str, Any]:
        """What is to be set, by column. Raises DateUnreadable."""
        said = {"title": self.title, "body": self.body, "topic": self.topic, "urgency": self.urgency}
        changes: dict[str, Any] = {name: text for name, text in said.items() if text is not msgspec.UNSET}
        if self.translations is not msgspec.UNSET:
            changes["translations"] = _said(self.translations)
        if self.audience is not msgspec.UNSET:
            changes["audience"] = {} if self.audience == "all" else self.audience.audience()
        if self.deadline is not msgspec.UNSET:
            changes["deadline"] = instant(self.deadline, "deadline")
        if self.form is not msgspec.UNSET:
            changes["form"] = self.form and self.form.form()
        return changes

    def attached(self) -> list[Attached] | None:
        return (
            None if self.files is msgspec.UNSET else [Attached(each.sha256, each.name) for each in self.files]
        )


class NewVisit(Wire, kw_only=True, frozen=True):
    household_id: Id
    how: Literal["paper", "told"]
    by: Id | None = None
    """Who of the household said so."""


class PushKeys(Wire, kw_only=True, frozen=True):
    p256dh: str
    auth: str


class Subscription(Wire, kw_only=True, frozen=True):
    endpoint: Annotated[str, msgspec.Meta(max_length=2_000)]
    keys: PushKeys
    expiration_time: Any = None


class HouseholdChange(Wire, kw_only=True, frozen=True):
    block: Id | None = None
    walk: int | None = None
    paper: bool | None = None
    street: Annotated[str, msgspec.Meta(max_length=400)] | None = None


class NewMailAddress(Wire, kw_only=True, frozen=True):
    address: Annotated[str, msgspec.Meta(max_length=400)]


class Sure(Wire, kw_only=True, frozen=True):
    """For what cannot be undone once it is done."""

    confirm: Literal[True]


class NewTickets(Wire, kw_only=True, frozen=True):
    kind: Literal["slip", "qr"] = "slip"
    people: list[Id] = []
    block: Id | None = None
    all: bool = False


T = TypeVar("T")


def read(data: object, kind: type[T]) -> T:
    """`data`, already decoded, as `kind`. Raises FieldWrong."""
    try:
        return msgspec.convert(data, kind)
    except msgspec.ValidationError as error:
        why, _, path = str(error).partition(" - at `$")
        raise FieldWrong(field=path.strip("`.") or "body", why=why) from None


def an_id(text: str, field: str) -> str:
    if not is_id(text):
        raise FieldWrong(field=field, why="it is not an id")
    return text
