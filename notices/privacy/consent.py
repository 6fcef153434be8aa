"""WHAT PEOPLE AGREE TO when a phone is enrolled: the text, by version, and who agreed to which of them and when.

A version that somebody may have agreed to stays here word by word. What is changed gets a new version, the last of the
list: phones then ask once more, and nobody is kept from reading meanwhile.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from notices.models import Consent
from notices.privacy.privacy_errors import ConsentUnknown
from notices.records import audience as places
from notices.tokyo import wire
from sync import Change, record

TEXTS: Final[Mapping[str, Mapping[str, Sequence[str]]]] = {
    "2026-11": {
        "ja": (
            "会が持っているお名前・ご家庭・班と、このスマホの番号をむすびつけます。",
            "「読みました」を押したときだけ、ご家庭の印が会に届きます。開いただけでは何も送りません。",
            "回覧をまだ読んでいないご家庭の名前は、班長と役員に見えます。ご近所には見えません。だれがいつ見たかは、あなたも見られます。",
            "いつでも、ご自分の記録を受けとり、登録をやめ、記録を消すことができます。紙で受けとることもできます。",
        ),
    },
}
"""Version → language → sentences, the newest version last."""
NEWEST: Final[str] = list(TEXTS)[-1]


async def agree(
    session: AsyncSession,
    tenant: str,
    person: str,
    version: str,
    locale: str,
    device: str | None,
    at: datetime,
) -> None:
    """The first time counts. Raises ConsentUnknown."""
    if locale not in TEXTS.get(version, {}):
        raise ConsentUnknown(version=version, locale=locale)
    row = await session.get(Consent, (tenant, person, version))
    if row is None:
        row = Consent(tenant=tenant, person=person, version=version, locale=locale, device=device, at=at)
        session.add(row)
    record(session, tenant, Change(places.person_scope(person), "consents", f"{person}.{version}", told(row)))


async def given(session: AsyncSession, tenant: str, person: str) -> list[Consent]:
    """In the order in which they were given."""
    query = select(Consent).where(Consent.tenant == tenant, Consent.person == person).order_by(Consent.at)
    return list(await session.scalars(query))


def told(row: Consent) -> dict[str, Any]:
    return {"version": row.version, "locale": row.locale, "at": wire(row.at)}
