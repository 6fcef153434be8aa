"""What somebody agreed to at enrolment is kept with its version; a newer text is asked for, and keeps nobody out."""

import json
import re
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import select

from notices.models import Consent, Device
from notices.privacy.consent import NEWEST, TEXTS
from tests.journeys.story import RESIDENT
from tests.phone import Phone
from tests.town import TENANT, Town, town

WORDS = Path(__file__).parents[2] / "server" / "web" / "words" / "consent.js"


async def enrol(here: Town, phone: Phone, **said: Any) -> httpx.Response:
    body = {"ticket": await here.code_for(phone.name), "deviceName": "スマホ"} | said
    return await phone.http.post("/api/v1/enrol", json=body)


async def kept(here: Town) -> list[tuple[str, str, bool]]:
    """(version, language, with a device) of the resident."""
    async with here.house.db.read() as session:
        rows = await session.scalars(
            select(Consent).where(Consent.tenant == TENANT).order_by(Consent.version)
        )
        return [(row.version, row.locale, row.device is not None) for row in rows]


def agree(here: Town, phone: Phone, version: str, person: str | None = None) -> None:
    said = {"version": version, "locale": "ja", "at": here.clock().isoformat()}
    phone.write("consents", f"{person or phone.person}.{version}", said)


async def test_the_version_that_stood_beside_the_button_is_kept_with_its_phone(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here:
        phone = Phone(here.http(), RESIDENT)
        here.phones.append(phone)
        answer = await enrol(here, phone, consent={"version": NEWEST, "locale": "ja"})
        assert answer.status_code == 201, answer.text
        assert await kept(here) == [(NEWEST, "ja", True)]
        phone.sign_in(answer.json()["token"])
        await phone.pull()
        [record] = phone.all("consents")
        assert record["version"] == NEWEST


async def test_a_text_that_never_was_is_refused_and_nobody_is_half_enrolled(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here:
        phone = Phone(here.http(), RESIDENT)
        here.phones.append(phone)
        for wrong in ({"version": "1999-01", "locale": "ja"}, {"version": NEWEST, "locale": "tlh"}):
            answer = await enrol(here, phone, consent=wrong)
            assert (answer.status_code, answer.json()["slug"]) == (422, "consent-unknown")
        async with here.house.db.read() as session:
            assert (await session.scalars(select(Device))).all() == []


async def test_who_came_without_a_word_agrees_later_without_a_signal_and_the_first_time_counts(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here:
        phone = await here.phone(RESIDENT)
        assert await kept(here) == []
        agreed_at = here.clock()
        agree(here, phone, NEWEST)
        here.clock.pass_(days=3)
        agree(here, phone, NEWEST)
        assert [result["status"] for result in await phone.push()] == ["ok", "ok"]
        async with here.house.db.read() as session:
            [row] = await session.scalars(select(Consent))
            assert row.at == agreed_at


async def test_nobody_agrees_for_somebody_else_or_to_what_never_was(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here:
        phone = await here.phone(RESIDENT)
        agree(here, phone, NEWEST, person=here.people["山田 花子"])
        agree(here, phone, "1999-01")
        assert [result.get("code") for result in await phone.push()] == ["not-yours", "consent-unknown"]
        assert await kept(here) == []


def test_the_page_shows_the_newest_text_word_by_word() -> None:
    table = WORDS.read_text().partition("consent = ")[2].rstrip().rstrip(";")
    shown = json.loads(re.sub(r",(\s*[\]}])", r"\1", re.sub(r"^(\s*)(\w+):", r'\1"\2":', table, flags=re.M)))
    assert shown == {"version": NEWEST, "ja": list(TEXTS[NEWEST]["ja"])}
