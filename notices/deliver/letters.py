"""What leaves: a notice put into words once per language and channel, then addressed to many."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from random import Random

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from notices.bounces import return_path
from notices.channels import LineAddress, LineMessage, Mail, MailAddress, Outgoing, Push, PushAddress, Urgency
from notices.deliver.answers import Answers
from notices.models import Address, Association, Delivery, Message, Notice, NoticeFile
from notices.vault import Vault
from notices.wording.letter import Letter
from notices.wording.line import LineBody, line_of
from notices.wording.payload import PushBody, push_of
from notices.wording.render import MailBody, mail_of

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


@dataclass(slots=True)
class Letters:
    """The notices that a batch of messages carries, as they read now: a correction overtakes what still waits."""

    office: Office
    by_message: Mapping[str, Notice]
    associations: Mapping[str, Association]
    files: Mapping[str, Sequence[str]]
    bodies: dict[tuple[str, str, str], Body] = field(default_factory=dict)

    def outgoing(self, message: Message, address: Address, lang: str) -> Outgoing:
        """Raises whatever decrypting or rendering raises."""
        notice = self.by_message[message.id]
        lang = lang if lang in ("ja", "en") else "ja"
        key = (notice.id, message.channel, lang)
        if key not in self.bodies:
            self.bodies[key] = self._body(message.channel, self._letter(notice, lang))
        return self._addressed(message, address, self.bodies[key])

    def _letter(self, notice: Notice, lang: str) -> Letter:
        association = self.associations.get(notice.association or "")
        return Letter(
            id=notice.id,
            kind=notice.kind,
            title=notice.title,
            body=notice.body,
            association=association.name if association else "",
            association_id=notice.association or "city",
            author=f"{notice.author_title}　{notice.author_name}",
            contact=association.contact if association else "",
            deadline=notice.deadline,
            files=self.files.get(notice.id, ()),
            corrected=notice.revision > 1,
            urgency=urgency_of(notice.urgency),
            lang=lang,
        )

    def _body(self, channel: str, letter: Letter) -> Body:
        if channel == "mail":
            return mail_of(letter, origin=self.office.origin, sender=self.office.sender)
        if channel == "line":
            return line_of(letter, origin=self.office.origin)
        return push_of(letter, origin=self.office.origin)

    def _addressed(self, message: Message, address: Address, body: Body) -> Outgoing:
        vault = self.office.vault
        if isinstance(body, MailBody):
            token = vault.unsubscribe_token(message.tenant, address.id)
            link = f"{self.office.origin}/u/{self.by_message[message.id].topic}/{token}"
            return Mail(
                id=message.id,
                lane=message.lane,
                to=MailAddress(vault.decrypt(message.tenant, address.secret)),
                body=body,
                unsubscribe=link,
                crashes=message.crashes,
                urgency=urgency_of(message.urgency),
                return_path=self._return_path(message),
            )
        if isinstance(body, LineBody):
            return LineMessage(
                id=message.id,
                lane=message.lane,
                to=LineAddress(vault.decrypt(message.tenant, address.secret)),
                body=body,
                crashes=message.crashes,
                urgency=urgency_of(message.urgency),
                doubtful=message.doubts > 0,
            )
        return Push(
            id=message.id,
            lane=message.lane,
            to=subscription(vault, message.tenant, address.secret),
            body=body,
            crashes=message.crashes,
            urgency=urgency_of(message.urgency),
        )

    def _return_path(self, message: Message) -> str | None:
        vault, domain = self.office.vault, self.office.bounce_domain
        return return_path.made_for(vault, domain, message.tenant, message.id) if domain else None


def subscription(vault: Vault, tenant: str, secret: bytes) -> PushAddress:
    """Where a push goes, as it lies in an address. Raises whatever decrypting raises."""
    keys = json.loads(vault.decrypt(tenant, secret))
    return PushAddress(endpoint=keys["endpoint"], p256dh=keys["p256dh"], auth=keys["auth"])


def urgency_of(stored: str) -> Urgency:
    """What is not known is ordinary."""
    return "emergency" if stored == "emergency" else "urgent" if stored == "urgent" else "ordinary"


async def read(session: AsyncSession, office: Office, tenant: str, messages: Sequence[str]) -> Letters:
    """Everything that the words of these messages need, in four reads."""
    carried = select(Delivery.message, Delivery.notice).where(
        Delivery.tenant == tenant, Delivery.message.in_(messages)
    )
    carries = {message: notice for message, notice in await session.execute(carried)}
    read = select(Notice).where(Notice.tenant == tenant, Notice.id.in_(set(carries.values())))
    notices = {notice.id: notice for notice in await session.scalars(read)}
    authors = {notice.association for notice in notices.values() if notice.association}
    associations = select(Association).where(Association.tenant == tenant, Association.id.in_(authors))
    names = select(NoticeFile.notice, NoticeFile.name).where(
        NoticeFile.tenant == tenant, NoticeFile.notice.in_(notices)
    )
    files: dict[str, list[str]] = {}
    for notice, name in await session.execute(names.order_by(NoticeFile.notice, NoticeFile.position)):
        files.setdefault(notice, []).append(name)
    return Letters(
        office=office,
        by_message={message: notices[id] for message, id in carries.items() if id in notices},
        associations={row.id: row for row in await session.scalars(associations)},
        files=files,
    )
