"""A year of circulars, and the load report: what the city put on each association, told before it puts on more."""

from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Any

import pytest

from tests.journeys import circulars, story
from tests.journeys.circulars import decline, forward, page
from tests.journeys.story import MIDORI_PRESIDENT, PRESIDENT, RESIDENT
from tests.phone import Phone
from tests.town import Town, town

YEAR = (4, 5, 6, 7, 8, 9, 10, 11, 12, 1, 2, 3)
"""Of the city's, from April on."""
EACH_MONTH = 3
"""Circulars to all; a fourth every other month to みどり alone."""


async def load_of(here: Town, clerk: Phone) -> dict[str, dict[str, Any]]:
    answer = await clerk.http.get(f"/api/v1/cities/{await circulars.city(here)}/load")
    assert answer.status_code == 200, answer.text
    return {each["name"]: each for each in answer.json()["associations"]}


async def month(here: Town, clerk: Phone, president: Phone, midori: Phone, number: int) -> list[str]:
    """みどり forwards by itself; 山田さん forwards two and declines the third."""
    sent = []
    for place in range(EACH_MONTH):
        circular = await circulars.send(here, clerk, title=f"{number}月の{place + 1}", deadline=None)
        sent.append(circular["id"])
        await here.work()
        if place < 2:
            assert (await forward(president, circular["id"])).status_code == 200
        else:
            assert (
                await decline(president, circular["id"], reason="会の行事と重なります。")
            ).status_code == 200
        await here.work()
    if number % 2:
        only = {"associations": [here.midori]}
        sent.append((await circulars.send(here, clerk, audience=only, deadline=None))["id"])
    # Its own: one to all, one to the first block alone.
    await here.post(president, kind="notice", title=f"会の{number}月", deadline=None)
    own = {"blocks": [here.blocks["一班"]]}
    await here.post(president, kind="notice", title="一班の皆さんへ", audience=own, deadline=None)
    await here.work()
    await here.work()
    return sent


@pytest.mark.slow
async def test_a_year_of_circulars_and_the_load_report(database_url: str, tmp_path: Path) -> None:
    async with town(database_url, tmp_path) as here:
        here.clock.at = here.clock.at.replace(month=4, day=2)
        clerk = await circulars.clerk(here)
        president, midori = await here.phone(PRESIDENT), await here.phone(MIDORI_PRESIDENT)
        resident = await here.phone(RESIDENT)
        assert (await circulars.by_itself(midori, here.midori)).status_code == 200
        everything: list[str] = []
        for number in YEAR:
            load = await load_of(here, clerk)
            assert {name: (each["city"], each["own"]) for name, each in load.items()} == {
                "さくら町内会": (0, 0),
                "みどり自治会": (0, 0),
            }, "a month begins with nothing"
            everything += await month(here, clerk, president, midori, number)
            load = await load_of(here, clerk)
            sakura, hill = load["さくら町内会"], load["みどり自治会"]
            assert (sakura["city"], sakura["own"]) == (2, 1), "what it declined is no load"
            assert sakura["blocks"] == [{"block": here.blocks["一班"], "name": "一班", "notices": 4}]
            assert (hill["city"], hill["own"]) == (EACH_MONTH + number % 2, 0)
            assert (sakura["households"], hill["households"], hill["forwardsByItself"]) == (7, 2, True)
            here.clock.pass_(days=31)
            here.clock.at = here.clock.at.replace(day=2)
        await resident.pull()
        citys = [each for each in resident.all("notices") if "circular" in each]
        assert len(citys) == 2 * len(YEAR), "two of three each month, through her association"
        resident.stamp(citys[0]["notice"], resident.home())
        await resident.push()
        await here.work()
        await here.work()
        await clerk.pull()
        kept = {each["circular"]: each["counts"] for each in clerk.all("circulations")}
        assert kept.keys() == set(everything), "a year is one record each"
        assert sum(counts["declined"] for counts in kept.values()) == len(YEAR)
        assert sum(counts["forwarded"] for counts in kept.values()) == (2 + EACH_MONTH) * len(YEAR) + 6
        assert sum(counts["grades"]["stamped"] for counts in kept.values()) == 1
        for circular in everything:
            assert (await page(clerk, circular))["counts"] == kept[circular], "the page and the record agree"
        # The load is this month's alone; how far those of another month came is asked by its name.
        reach = f"/api/v1/cities/{await circulars.city(here)}/reach"
        for name, odd in (("2026-05", 1), ("2026-12", 0), ("2027-02", 0)):
            past = (await clerk.http.get(reach, params={"month": name})).json()
            there = {each["name"]: each["circulars"] for each in past["associations"]}
            assert there == {"さくら町内会": 2, "みどり自治会": EACH_MONTH + odd}, name
        # Nobody but the city's people reads it.
        path = f"/api/v1/cities/{await circulars.city(here)}/load"
        for phone in (president, resident):
            assert (await phone.http.get(path)).status_code == 403


async def test_officers_who_do_not_act_are_told_again_and_those_who_did_are_left_alone(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here:
        clerk, midori = await circulars.clerk(here), await here.phone(MIDORI_PRESIDENT)
        circular = (await circulars.send(here, clerk, deadline="2026-12-10"))["id"]
        await here.work()
        officers = {"hanako.yamada@example.jp", "ken.takahashi@example.jp", "shigeru.kobayashi@example.jp"}
        assert set(story.sent_to(here)) == officers
        assert len(story.sent_to(here)) == 3, "each once"
        mail = next(each for each in story.mails(here) if each.to.address.startswith("shigeru"))
        assert f"/circulars/{circular}".encode() in _plain(story.text_of(here, mail))
        await decline(midori, circular, reason="高台のため。")
        here.clock.pass_(days=3, seconds=1)
        await here.work()
        assert sorted(story.sent_to(here))[-1] == "shigeru.kobayashi@example.jp"
        assert story.sent_to(here).count("shigeru.kobayashi@example.jp") == 1, "who has decided hears no more"
        assert story.sent_to(here).count("ken.takahashi@example.jp") == 2
        here.clock.at = here.clock.at.replace(month=12, day=9, hour=9, minute=1)
        await here.work()
        assert story.sent_to(here).count("ken.takahashi@example.jp") == 3, "on the eve, for the last time"
        here.clock.pass_(days=5)
        await here.work()
        assert len(story.sent_to(here)) == 7


def _plain(mail: bytes) -> bytes:
    part = message_from_bytes(mail, policy=default).get_body(("plain",))
    assert part is not None
    return str(part.get_content()).encode()
