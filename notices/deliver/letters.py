"""What leaves: a notice put into words once per language and channel, then addressed to many."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from random import Random
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from notices.alarm.kinds import ALARMS
from notices.bounces import return_path
from notices.channels import LineAddress, LineMessage, Mail, MailAddress, Outgoing, Push, PushAddress, Urgency
from notices.deliver.answers import Answers
from notices.deliver.in_hand import Claim
from notices.memos.rows import Whereto
from notices.models import Association, City, Notice, NoticeFile
from notices.vault import Vault
from notices.wording.behalf import OWN, Behalf
from notices.wording.bundle import bundle_of
from notices.wording.letter import MEMO, Letter
from notices.wording.line import LineBody, line_of
from notices.wording.payload import PushBody, push_of
from notices.wording.render import MailBody, bare_mail_of, mail_of
from notices.wording.tongues import alarm_in, said_in
from notices.wording.words import spoken

Body = MailBody | PushBody | LineBody


@dataclass(frozen=True, slots=True)
class Office:
    """What delivering needs and no message carries. `sender`: the checked address of all mail.

    `bounce_domain`: where bounces of single messages go; empty where nobody listens for them.
    """

    vault: Vault
    origin: str
    sender: str
    rng: Random
    worker: str
    answers: Answers = field(default_factory=Answers)
    bounce_domain: str = ""
    seen_well: dict[tuple[str, str], datetime] = field(default_factory=dict, init=False, compare=False)
    """Of this worker alone: see lanes.learn."""


class Told(NamedTuple):
    """What one message says: one notice at a step of its ladder, or in a digest many. Many people are told the same."""

    notices: tuple[str, ...]
    step: str
    lang: str
    weekly: bool
    whose: tuple[Behalf, ...] = ()
    """Of each of these notices, for whom it is, where anybody gets it as a proxy."""


@dataclass(slots=True)
class Letters:
    """The notices that a batch of messages carries, as they read now: a correction overtakes what still waits."""

    office: Office
    notices: Mapping[str, Notice]
    associations: dict[str, Association]
    files: Mapping[str, Sequence[str]]
    city: City | None = None
    """In whose name its own notices go out."""
    written: dict[tuple[Told | Letter, str], tuple[Body, str | None]] = field(default_factory=dict)
    """The words, and the link that stops them without its token, if anything does."""

    def outgoing(self, claim: Claim, address: Whereto, told: Told | Letter) -> Outgoing:
        """A `Letter`: a memo. Raises whatever decrypting or rendering raises."""
        key = (told, claim.channel)
        if key not in self.written:
            self.written[key] = self._written(claim.channel, told)
        return self._addressed(claim, address, *self.written[key])

    def _written(self, channel: str, told: Told | Letter) -> tuple[Body, str | None]:
        if not isinstance(told, Letter):
            whose = told.whose or [OWN] * len(told.notices)
            letters = [
                self._letter(self.notices[id], told, each)
                for id, each in zip(told.notices, whose, strict=True)
            ]
            said = bundle_of(letters, origin=self.office.origin, weekly=told.weekly)
            return self._body(channel, said), self._unsubscribe(told.notices)
        if told.kind != MEMO:
            return self._body(channel, told), self._unsubscribe(())
        return (self._bare_mail(told) if channel == "mail" else self._body(channel, told)), None

    def _letter(self, notice: Notice, told: Told, whose: Behalf) -> Letter:
        association = self.associations.get(notice.association or "") or self.city
        words = told.lang, notice.translations, notice.title, notice.body
        sender = association.name if association else ""
        title, body = alarm_in(*words, sender) if notice.kind in ALARMS else said_in(*words)
        return Letter(
            id=notice.id,
            kind=notice.kind,
            title=title,
            body=body,
            association=sender,
            association_id=notice.association or "city",
            author=f"{notice.author_title}　{notice.author_name}",
            contact=association.contact if association else "",
            deadline=notice.deadline,
            files=tuple(self.files.get(notice.id, ())),
            corrected=notice.corrected_at is not None,
            urgency=urgency_of(notice.urgency),
            lang=spoken(told.lang),
            reminder=told.step,
            refers_to=notice.refers_to or "",
            step=notice.step,
            whose=whose,
        )

    def _body(self, channel: str, letter: Letter) -> Body:
        if channel == "mail":
            return mail_of(letter, origin=self.office.origin, sender=self.office.sender)
        if channel == "line":
            return line_of(letter, origin=self.office.origin)
        return push_of(letter, origin=self.office.origin)

    def _bare_mail(self, memo: Letter) -> MailBody:
        """The words alone: whoever waits for a code looks for nothing else."""
        text = f"{memo.body}\n\n{self.office.origin}{memo.path}" if memo.path else memo.body
        house = {"origin": self.office.origin, "sender": self.office.sender}
        return bare_mail_of(memo.title, text, **house, name=memo.association, lang=memo.lang)

    def _addressed(self, claim: Claim, address: Whereto, body: Body, unsubscribe: str | None) -> Outgoing:
        vault = self.office.vault
        if isinstance(body, MailBody):
            token = vault.unsubscribe_token(claim.tenant, address.id)
            return Mail(
                id=claim.id,
                lane=claim.lane,
                to=MailAddress(vault.decrypt(claim.tenant, address.secret)),
                body=body,
                unsubscribe=unsubscribe and f"{unsubscribe}/{token}",
                crashes=claim.crashes,
                urgency=urgency_of(claim.urgency),
                return_path=self._return_path(claim),
            )
        if isinstance(body, LineBody):
            return LineMessage(
                id=claim.id,
                lane=claim.lane,
                to=LineAddress(vault.decrypt(claim.tenant, address.secret)),
                body=body,
                crashes=claim.crashes,
                urgency=urgency_of(claim.urgency),
                doubtful=claim.doubts > 0,
            )
        return Push(
            id=claim.id,
            lane=claim.lane,
            to=subscription(vault, claim.tenant, address.secret),
            body=body,
            crashes=claim.crashes,
            urgency=urgency_of(claim.urgency),
        )

    def _unsubscribe(self, notices: Sequence[str]) -> str:
        """Offers to stop the topic, where there is one."""
        topics = {self.notices[id].topic for id in notices}
        return "/".join((self.office.origin, "u", *topics)) if len(topics) == 1 else f"{self.office.origin}/u"

    def _return_path(self, claim: Claim) -> str | None:
        vault, domain = self.office.vault, self.office.bounce_domain
        return return_path.made_for(vault, domain, claim.tenant, claim.id) if domain else None


def subscription(vault: Vault, tenant: str, secret: bytes) -> PushAddress:
    """Where a push goes, as it lies in an address. Raises whatever decrypting raises."""
    keys = json.loads(vault.decrypt(tenant, secret))
    return PushAddress(endpoint=keys["endpoint"], p256dh=keys["p256dh"], auth=keys["auth"])


def urgency_of(stored: str) -> Urgency:
    """What is not known is ordinary."""
    return "emergency" if stored == "emergency" else "urgent" if stored == "urgent" else "ordinary"


async def read(session: AsyncSession, office: Office, tenant: str, said: Collection[str]) -> Letters:
    """Everything that the words of these notices need, in three reads."""
    query = select(Notice).where(Notice.tenant == tenant, Notice.id.in_(said))
    notices = {notice.id: notice for notice in await session.scalars(query)}
    authors = {notice.association for notice in notices.values()}
    associations = select(Association).where(
        Association.tenant == tenant, Association.id.in_(authors - {None})
    )
    names = select(NoticeFile.notice, NoticeFile.name).where(
        NoticeFile.tenant == tenant, NoticeFile.notice.in_(notices)
    )
    files: dict[str, list[str]] = {}
    for notice, name in await session.execute(names.order_by(NoticeFile.notice, NoticeFile.position)):
        files.setdefault(notice, []).append(name)
    return Letters(
        office=office,
        notices=notices,
        associations={row.id: row for row in await session.scalars(associations)},
        city=await session.get(City, tenant) if None in authors else None,
        files=files,
    )
