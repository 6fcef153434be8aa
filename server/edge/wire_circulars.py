"""What the routes of city circulars take: see wire.py."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from notices.publishing.compose import Attached, Draft, instant
from server.edge.wire import MOST, District, FileRef, Id, OfAlarms, Urgency, Wire
from server.edge.wire_forms import FormData


class ToAssociations(Wire, kw_only=True, frozen=True):
    associations: Annotated[list[Id], Meta(max_length=MOST)] | None = None
    districts: Annotated[list[District], Meta(max_length=MOST)] | None = None


class NewCircular(OfAlarms, kw_only=True, frozen=True):
    id: Id | None = None
    kind: str = "circular"
    topic: str
    title: str
    body: str
    audience: ToAssociations | Literal["all"] = "all"
    files: tuple[FileRef, ...] = ()
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
            audience=self._audience(),
            files=tuple(Attached(file.sha256, file.name) for file in self.files),
            deadline=instant(self.deadline, "deadline"),
            expires_at=instant(self.expires_at, "expiresAt"),
            urgency=self.urgency,
            **self.of_alarms(self.kind),
            form=None if self.form is None else self.form.form(),
        )

    def _audience(self) -> dict[str, object]:
        if self.audience == "all":
            return {}
        if self.audience.associations is not None:
            return {"associations": list(dict.fromkeys(self.audience.associations))}
        return {"districts": list(dict.fromkeys(self.audience.districts or []))}


class Forward(Wire, kw_only=True, frozen=True):
    association: Id | None = None
    """May be left out by an officer of one association alone."""
    cover: str = ""
    deadline: str | None = None


class Decline(Wire, kw_only=True, frozen=True):
    association: Id | None = None
    reason: str = ""


class PassageData(msgspec.Struct):
    """What an officer's phone writes of a circular, with or without a signal; its id is `<circular>.<association>`."""

    act: Literal["forward", "decline"]
    cover: str = ""
    deadline: str | None = None
    reason: str = ""


class Policy(Wire, kw_only=True, frozen=True):
    by_itself: bool = msgspec.field()
