"""出欠 with places: first come, first served by the server's order; who cancels makes room, and the next is told."""

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from tests.journeys import forms, story
from tests.journeys.forms import lunch
from tests.journeys.story import LEADER_1, LEADER_2, NO_CHANNEL, OFFICER_2, PRESIDENT, RESIDENT
from tests.town import town


@pytest.mark.everyday
async def test_who_cancels_frees_a_place_and_the_next_in_line_is_told(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here:
        president, officer = await here.phone(PRESIDENT), await here.phone(OFFICER_2)
        leader, resident, other = (
            await here.phone(LEADER_1),
            await here.phone(RESIDENT),
            await here.phone(LEADER_2),
        )
        notice = await here.post(president, kind="notice", title="敬老会", form=lunch(5))
        for phone in here.phones:
            await phone.pull()
        for phone, people in ((officer, 3), (leader, 2), (resident, 2), (other, 1)):
            forms.reply(phone, notice["id"], people=people, at=here.clock())
            assert await forms.sent(phone) == [("ok", "")]
        counts = (await forms.stands(president, notice["id"]))["counts"]
        assert (counts["people"], counts["free"], counts["waiting"], counts["waitingPeople"]) == (5, 0, 2, 3)
        second = await forms.on_the_phone(resident, notice["id"])
        third = await forms.on_the_phone(other, notice["id"])
        assert second is not None
        assert third is not None
        assert (second["place"], second["line"]) == ("waiting", 1)
        assert (third["place"], third["line"]) == ("waiting", 2)
        await here.work()
        before = len(story.mails(here))

        # One of three stays at home: a place is free, but nobody overtakes the two who wait for two.
        here.clock.pass_(minutes=1)
        forms.reply(officer, notice["id"], people=2, at=here.clock())
        await officer.push()
        counts = (await forms.stands(president, notice["id"]))["counts"]
        assert (counts["people"], counts["free"], counts["waiting"]) == (4, 1, 2)
        # And those who have places may not take it from those who wait.
        here.clock.pass_(minutes=1)
        forms.reply(leader, notice["id"], people=3, at=here.clock())
        assert await forms.sent(leader) == [("rejected", "no-places-left")]
        kept = await forms.on_the_phone(leader, notice["id"])
        assert kept is not None
        assert (kept["people"], kept["place"]) == (2, "given"), "what they had stays theirs"

        here.clock.pass_(minutes=1)
        forms.reply(officer, notice["id"], people=0, at=here.clock())
        assert await forms.sent(officer) == [("ok", "")]
        await here.work()
        counts = (await forms.stands(president, notice["id"]))["counts"]
        assert (counts["people"], counts["free"], counts["waiting"], counts["stay"]) == (5, 0, 0, 1)
        now = await forms.on_the_phone(resident, notice["id"])
        assert now is not None
        assert (now["place"], now["line"]) == ("given", None)
        told = [(mail.to.address, story.plain(here, mail)) for mail in story.mails(here)[before:]]
        assert {address for address, _ in told} == {"sachi.ito@example.jp", "minoru.tanaka@example.jp"}
        assert all("お待ちいただいていた席がとれました" in text for _, text in told)

        # Who comes back stands at the end.
        here.clock.pass_(minutes=1)
        forms.reply(officer, notice["id"], people=1, at=here.clock())
        await officer.push()
        last = await forms.on_the_phone(officer, notice["id"])
        assert last is not None
        assert (last["place"], last["line"]) == ("waiting", 1)


async def test_places_are_never_oversold_however_many_press_at_once(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here:
        names = [PRESIDENT, OFFICER_2, LEADER_1, RESIDENT, LEADER_2, NO_CHANNEL]
        phones = [await here.phone(name) for name in names]
        notice = await here.post(phones[0], form=lunch(3))
        for phone in phones:
            await phone.pull()
        for round in range(4):
            here.clock.pass_(minutes=1)
            for place, phone in enumerate(phones):
                people = (place + round) % 3
                forms.reply(phone, notice["id"], people=people, at=here.clock())
            answers = await asyncio.gather(*(forms.sent(phone) for phone in phones))
            assert {code for [(_, code)] in answers} <= {"", "no-places-left"}
            told = await forms.stands(phones[0], notice["id"])
            counts, rows = told["counts"], [row for row in told["rows"] if row["answered"]]
            assert counts["people"] == sum(row["people"] for row in rows if row["place"] == "given") <= 3
            assert counts["waitingPeople"] == sum(row["people"] for row in rows if row["place"] == "waiting")


async def test_two_phones_of_a_home_the_later_press_stands_whichever_arrives_first(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here:
        wife, husband = await here.phone(PRESIDENT), await here.phone(story.HUSBAND)
        notice = await here.post(wife, form=lunch(None))
        await wife.pull()
        await husband.pull()
        now = here.clock()
        forms.reply(wife, notice["id"], people=2, at=now - timedelta(minutes=10))
        forms.reply(husband, notice["id"], people=0, at=now - timedelta(minutes=5))
        assert await forms.sent(husband) == [("ok", "")]
        assert await forms.sent(wife) == [("conflict", "")], "hers was pressed earlier"
        hers, his = (
            await forms.on_the_phone(wife, notice["id"]),
            await forms.on_the_phone(husband, notice["id"]),
        )
        assert hers == his
        assert hers is not None
        assert (hers["people"], hers["by"]["name"]) == (0, story.HUSBAND)


async def test_more_places_call_up_who_waits_and_fewer_than_are_given_are_refused(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here:
        president, resident = await here.phone(PRESIDENT), await here.phone(RESIDENT)
        notice = await here.post(president, form=lunch(2))
        for phone in (president, resident):
            await phone.pull()
            forms.reply(phone, notice["id"], people=2, at=here.clock())
            await phone.push()
        refused = await story.correct(president, notice["id"], form=lunch(1))
        assert (refused.status_code, refused.json()["slug"]) == (409, "places-given")
        assert (await story.correct(president, notice["id"], form=lunch(4))).status_code == 200
        now = await forms.on_the_phone(resident, notice["id"])
        assert now is not None
        assert now["place"] == "given"


async def test_a_person_answers_for_themselves_and_nobody_else_sees_it(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here:
        wife, husband = await here.phone(PRESIDENT), await here.phone(story.HUSBAND)
        notice = await here.post(wife, form=lunch(5, per="person"))
        await wife.pull()
        await husband.pull()
        forms.reply(wife, notice["id"], whose=wife.person, people=1, at=here.clock())
        forms.reply(husband, notice["id"], whose=husband.person, people=0, at=here.clock())
        assert await forms.sent(wife) == await forms.sent(husband) == [("ok", "")]
        forms.reply(wife, notice["id"], whose=husband.person, people=1, at=here.clock())
        forms.reply(wife, notice["id"], people=1, at=here.clock())
        forms.reply(wife, notice["id"], whose=wife.person, people=2, at=here.clock())
        codes = [code for _, code in await forms.sent(wife)]
        assert codes == ["not-your-answer", "not-your-answer", "option-gone"]
        assert await forms.on_the_phone(wife, notice["id"], husband.person) is None
        counts = (await forms.stands(wife, notice["id"]))["counts"]
        assert (counts["come"], counts["stay"], counts["asked"]) == (1, 1, 8)
