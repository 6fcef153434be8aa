"""A circular that the city mails: whose it is, is asked before anything is kept; then it is a draft for the clerks.

Nothing goes out by mail alone: a clerk reads the draft and sends it, as every other.
"""

import asyncio
import hmac
import logging
from collections.abc import Callable
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncSession

from notices.attachments import files
from notices.circulation import mail_in, sending
from notices.circulation.mail_in import Incoming, MailRefused
from notices.errors import IdTaken, KairanError
from notices.publishing.compose import Attached, Draft
from notices.town.city_hall import first_clerk
from notices.town.standing import Standing
from server.house import House

log = logging.getLogger("kairan.bounces")

SIGNATURES: Final = 5
"""Looked at, of one mail."""
PATIENCE: Final = 30.0
"""Seconds for reading one and asking the DNS."""
Txt = Callable[..., Any]
"""Name → the text of its TXT record, or None: the DNS."""


def address_in(house: House, address: str) -> tuple[str, bool] | None:
    """(city's short id, whether the secret was named) of an address that takes circulars; None for every other."""
    domain, secret = house.settings.circular_domain, house.settings.circular_secret
    local, _, host = address.strip("<>").rpartition("@")
    if not domain or host.lower() != domain:
        return None
    tenant, plus, given = local.partition("+")
    if plus and not (secret and hmac.compare_digest(given.encode(), secret.encode())):
        return None
    return tenant.lower(), bool(plus)


async def take(house: House, tenant: str, raw: bytes, *, trusted: bool, txt: Txt | None = None) -> str:
    """→ the draft's id. `trusted`: the secret was named. Raises MailRefused, TimeoutError."""
    allowed = [each.strip().lower() for each in house.settings.circular_senders.split(",") if each.strip()]
    sender = mail_in.sender_of(raw, allowed)
    if not trusted:
        signed = await asyncio.wait_for(asyncio.to_thread(is_signed, raw, sender, txt), PATIENCE)
        if not signed:
            raise MailRefused("circular-unsigned", "5.7.20 No valid DKIM signature of the sender's domain")
    incoming = await asyncio.wait_for(asyncio.to_thread(mail_in.read, raw, sender), PATIENCE)
    return await _draft(house, tenant, incoming)


def is_signed(raw: bytes, sender: str, txt: Txt | None) -> bool:
    """Whether a DKIM signature over the whole mail holds, made by the domain of the sender or one above it (RFC 6376)."""
    import dkim  # with the resolver it asks 4 MB, for houses that take circulars by mail

    of_sender = sender.rpartition("@")[2]
    head = raw.replace(b"\r\n", b"\n").partition(b"\n\n")[0].lower()
    count = (b"\n" + head).count(b"\ndkim-signature:")
    for place in range(min(count, SIGNATURES)):
        seen = dkim.DKIM(raw, minkey=1024, timeout=5)
        try:
            holds = seen.verify(place, dnsfunc=txt or dkim.get_txt)
        except Exception as error:  # dkimpy raises what it likes at what strangers write
            log.info("a signature could not be read: %s", type(error).__name__)
            continue
        domain = (seen.domain or b"").decode("ascii", "replace").lower()
        # With l= anything may follow what was signed (RFC 6376 §8.2).
        whole = b"l" not in (seen.signature_fields or {})
        if holds and whole and domain and (of_sender == domain or of_sender.endswith(f".{domain}")):
            return True
    return False


async def _draft(house: House, tenant: str, incoming: Incoming) -> str:
    async with house.db.read() as session:
        await _clerk(house, session, tenant)  # before anything is kept for a city that is not here
    for _, kept in incoming.files:
        await house.store.put(tenant, kept.sha256, kept.data)
    now = house.clock()
    async with house.db.write() as session:
        by = await _clerk(house, session, tenant)
        for _, kept in incoming.files:
            await files.keep(session, by, kept.sha256, kept.type, len(kept.data), now)
        draft = Draft(
            kind="circular",
            topic="other",
            title=incoming.title,
            body=incoming.body,
            files=tuple(Attached(kept.sha256, name) for name, kept in incoming.files),
        )
        try:
            await sending.write(session, by, draft, now, incoming.id)
        except IdTaken:
            return incoming.id  # brought again after an answer that was lost
        except KairanError as error:
            raise MailRefused("circular-refused", f"5.6.0 {error.detail('en')}") from None
    return incoming.id


async def _clerk(house: House, session: AsyncSession, tenant: str) -> Standing:
    found = await first_clerk(session, tenant, house.clock())
    if found is None:
        raise MailRefused("circular-no-clerk", "5.1.1 Nobody works for this city here; ask the operator")
    return found
