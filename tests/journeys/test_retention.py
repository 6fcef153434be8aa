"""Years pass: texts, files, addresses, names of who stamped and who looked go each in its time; ledgers keep their sums."""

import logging
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, update

from notices.approval import telling
from notices.circulation import nudges
from notices.finding import folding
from notices.ids import new_id
from notices.models import (
    Delivery,
    File,
    Look,
    Memo,
    Message,
    Notice,
    NoticeRevision,
    Nudge,
    Person,
    Question,
    Resident,
    Stamp,
    Term,
    Visit,
)
from notices.privacy.retention import OBITUARY
from server.settings import WrongSetting
from server.settings.names import Settings
from server.settings.rules import checked
from tests.journeys import circulars, story
from tests.journeys.story import LEADER_2, MIDORI_PRESIDENT, NO_CHANNEL, PRESIDENT, RESIDENT
from tests.journeys.test_delivering import subscription
from tests.phone import Phone
from tests.server.test_files import PDF
from tests.town import TENANT, Town, town


async def count(here: Town, *tables: Any) -> list[int]:
    async with here.house.db.read() as session:
        return [await session.scalar(select(func.count()).select_from(each)) or 0 for each in tables]


async def one(here: Town, notice: str) -> Notice:
    async with here.house.db.read() as session:
        return await session.get_one(Notice, (TENANT, notice))


async def keep_seats(here: Town) -> None:
    """The same people hold them for ever, so that somebody can look at the ledger."""
    async with here.house.db.write() as session:
        terms = update(Term).where(Term.tenant == TENANT).values(ends=None)
        await session.execute(terms, execution_options={"journalled": True})


async def a_circular(here: Town, president: Phone, **said: Any) -> dict[str, Any]:
    """With a file; stamped, visited and looked at."""
    leader, resident = await here.phone(LEADER_2), await here.phone(RESIDENT)
    uploaded = await president.http.post(
        "/api/v1/files", files={"file": ("案内.pdf", PDF, "application/pdf")}
    )
    files = [{"sha256": uploaded.json()["sha256"], "name": "案内.pdf"}]
    notice = await here.post(president, files=files, **said)
    await here.work()
    await resident.pull()
    resident.stamp(notice["id"], here.households["伊藤"])
    await resident.push()
    leader.visit(notice["id"], here.households["渡辺"], "told")
    looked = {"block": here.blocks["二班"], "notice": notice["id"], "at": here.clock().isoformat()}
    leader.write("looks", new_id(), looked)
    assert {each["status"] for each in await leader.push()} == {"ok"}
    await here.work()
    return notice


async def pass_days(here: Town, days: int) -> None:
    here.clock.pass_(days=days)
    await here.work()


async def test_each_kind_goes_in_its_time_and_the_ledger_keeps_its_sums(
    database_url: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "kairan.worker")
    async with town(database_url, tmp_path, chores=True) as here:
        await keep_seats(here)
        president = await here.phone(PRESIDENT)
        notice = await a_circular(here, president)
        await pass_days(here, 60)
        before = await story.reach(president, notice["id"])
        assert min(await count(here, Delivery, Message, Stamp, Visit, Look, File)) > 0

        await pass_days(here, 341)
        assert await count(here, Delivery, Stamp, Visit, Look) == [0, 0, 0, 0]
        after = await story.reach(president, notice["id"])
        assert (after["grades"], after["households"]) == (before["grades"], before["households"])
        assert {row["by"] for row in after["rows"]} == {None}
        assert [row["how"] for row in after["rows"]] == [row["how"] for row in before["rows"]]
        assert (await one(here, notice["id"])).body, "texts stay for five years"

        resident = await here.phone(RESIDENT)
        await resident.pull()
        assert len(resident.all("notices")) == 1
        assert resident.all("looks") == resident.all("stamps") == []
        await pass_days(here, 1826 - 401 + 1)
        gone = await one(here, notice["id"])
        assert (gone.state, gone.body, gone.title) == ("expired", "", notice["title"])
        assert await count(here, File) == [0]
        assert [kept async for kept in here.house.store.listed()] == []
        await resident.pull()
        assert resident.all("notices") == []
        last = await story.reach(president, notice["id"])
        assert last["grades"] == before["grades"]
        said = [record.getMessage() for record in caplog.records if "kept long enough" in record.getMessage()]
        for what in ("texts", "messages", "stamps", "visits", "looks", "files"):
            assert any(f" {what} went" in line for line in said), what
        assert not any(name in line for line in said for name in here.people)


async def test_a_correction_of_something_old_is_sent_and_kept_for_its_own_time(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path, chores=True) as here:
        await keep_seats(here)
        president = await here.phone(PRESIDENT)
        notice = await here.post(president, deadline=None)
        await here.work()
        await pass_days(here, 401)
        assert await count(here, Delivery) == [0]
        answer = await story.correct(president, notice["id"], title="訂正", resend="all")
        assert answer.status_code == 200, answer.text
        await here.work()
        await pass_days(here, 2)
        assert (await count(here, Delivery))[0] > 4


async def test_of_an_obituary_not_even_the_name_in_its_title_stays(database_url: str, tmp_path: Path) -> None:
    async with town(database_url, tmp_path, chores=True) as here:
        await keep_seats(here)
        president = await here.phone(PRESIDENT)
        told = await here.post(
            president, kind="notice", topic="obituary", title="伊藤 さち様 ご逝去", deadline=None
        )
        await pass_days(here, 1827)
        assert (await one(here, told["id"])).title == OBITUARY
        async with here.house.db.read() as session:
            said = await session.scalars(select(NoticeRevision.said))
            assert "さち" not in str(said.all())


async def test_somebody_who_has_moved_away_becomes_a_number_after_a_year(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path, chores=True) as here:
        await keep_seats(here)
        async with here.house.db.write() as session:
            person = here.people[NO_CHANNEL]
            gone = update(Person).where(Person.id == person).values(ended_at=here.clock())
            await session.execute(gone, execution_options={"journalled": True})
            home = update(Resident).where(Resident.person == person).values(until=here.clock())
            await session.execute(home, execution_options={"journalled": True})
        await pass_days(here, 365)
        async with here.house.db.read() as session:
            assert (await session.get_one(Person, (TENANT, person))).name == NO_CHANNEL
        await pass_days(here, 2)
        async with here.house.db.read() as session:
            row = await session.get_one(Person, (TENANT, person))
            assert (row.name, row.erased_at is not None) == ("", True)
            names = set(await session.scalars(select(Person.name)))
            assert names >= set(here.people) - {NO_CHANNEL}, "nobody else"


async def test_what_is_to_be_kept_for_ever_is(database_url: str, tmp_path: Path) -> None:
    forever: dict[str, Any] = {
        f"keep_{what}_days": 0 for what in ("texts", "messages", "proofs", "looks", "left")
    }
    async with town(database_url, tmp_path, chores=True, **forever) as here:
        await keep_seats(here)
        president = await here.phone(PRESIDENT)
        await a_circular(here, president)
        before = await count(here, Delivery, Stamp, Visit, Look, File, Message)
        await pass_days(here, 4000)
        after = await count(here, Delivery, Stamp, Visit, Look, File, Message)
        assert all(now >= then for then, now in zip(before, after, strict=True))


async def test_a_step_is_a_small_transaction(database_url: str, tmp_path: Path) -> None:
    from server.keeping import retention

    async with town(database_url, tmp_path) as here:
        async with here.house.db.write() as session:
            for _ in range(450):
                at, id = here.clock() - timedelta(days=401), new_id()
                session.add(Question(tenant=TENANT, message=id, person=id, association=here.sakura, at=at))
        left = []
        while await retention.step(here.house, TENANT, here.clock()):
            left += await count(here, Question)
        assert left == [250, 50, 0]


@pytest.mark.parametrize("days", [-1, 1, 29])
def test_less_than_a_month_is_no_time_to_keep(days: int) -> None:
    with pytest.raises(WrongSetting, match="KAIRAN_KEEP_LOOKS_DAYS must be 0"):
        checked(Settings(keep_looks_days=days))


async def test_whoever_asks_is_told_how_long(sqlite_database: str, tmp_path: Path) -> None:
    async with town(sqlite_database, tmp_path, keep_looks_days=90) as here, here.http() as http:
        told = (await http.get("/api/v1/privacy")).json()
    assert told["keeps"] == {"texts": 1826, "messages": 400, "proofs": 400, "looks": 90, "left": 366}
    assert told["namedTo"]["circular"] == ["leader", "officer"]


async def words_of(here: Town, notice: str) -> str:
    async with here.house.db.read() as session:
        found = select(Notice.words).where(Notice.tenant == TENANT, Notice.id == notice)
        return (await session.scalars(found)).one()


async def test_a_text_that_is_gone_is_not_found_by_its_words_either(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path, chores=True) as here:
        await keep_seats(here)
        president = await here.phone(PRESIDENT)
        told = await here.post(
            president, kind="notice", topic="obituary", title="伊藤 さち様 ご逝去", deadline=None
        )
        await pass_days(here, 1827)
        assert (await one(here, told["id"])).body == ""
        assert await words_of(here, told["id"]) == folding.of(OBITUARY, "")


async def test_messages_that_hang_on_no_notice_go_as_those_of_notices_do(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path, chores=True) as here:
        await keep_seats(here)
        clerk = await circulars.clerk(here)
        approver = await circulars.second_person(here)
        given = await approver.http.put("/api/v1/me/push-subscription", json=subscription())
        assert given.status_code == 200, given.text
        sent = [(await circulars.try_send(here, clerk, deadline=None)).json()["id"] for _ in range(2)]
        await here.work()
        async with here.house.db.write() as session:
            # As a code by mail leaves it, whose memo goes after a day.
            about = Memo.about == telling.ASKED
            memos = (await session.scalars(select(Memo).where(about))).all()
            assert len(memos) == 2
            await session.delete(memos[0])
        for circular in sent:
            await circulars.approve(here, circular)
        await here.work()
        assert min(await count(here, Memo, Nudge, Message)) > 0
        await pass_days(here, 390)
        assert min(await count(here, Memo, Nudge, Message)) > 0
        await pass_days(here, 40)
        async with here.house.db.read() as session:
            left = {row.id: row.created_at for row in await session.scalars(select(Message))}
            # Those who were told once more, as the year went by in one step.
            nudged = set(await session.scalars(select(Nudge.message)))
            assert set(await session.scalars(select(Memo.about))) <= {nudges.NUDGE}
        assert nudged <= set(left)
        assert all(here.clock() - at < timedelta(days=400) for at in left.values())


async def test_of_a_circular_of_the_city_no_text_stays_on_a_phone_either(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path, chores=True) as here:
        clerk, approver = await circulars.clerk(here), await circulars.second_person(here)
        president, midori = await here.phone(PRESIDENT), await here.phone(MIDORI_PRESIDENT)
        await keep_seats(here)
        circular = await circulars.send(here, clerk)
        await here.work()
        cover, reason = "伊藤さんのお宅の前に貼りました", "小林の家だけは対象です"
        assert (await circulars.forward(president, circular["id"], cover=cover)).status_code == 200
        assert (await circulars.decline(midori, circular["id"], reason=reason)).status_code == 200
        await here.work()
        phones = (clerk, approver, president, midori)
        for phone in phones:
            await phone.pull()
            assert circular["body"] in str(phone.records)
        assert (cover in str(president.records), reason in str(midori.records)) == (True, True)
        await pass_days(here, 1827)
        for phone in phones:
            await phone.pull()
            assert not any(text in str(phone.records) for text in (circular["body"], cover, reason))
        assert president.all("circulations")
        assert clerk.all("approvals")


async def test_who_stamped_is_forgotten_on_the_phones_of_leaders_and_officers_too(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path, chores=True) as here:
        await keep_seats(here)
        president, leader = await here.phone(PRESIDENT), await here.phone(LEADER_2)
        await a_circular(here, president)
        await pass_days(here, 399)
        for phone in (president, leader):
            await phone.pull()
            assert f"'byName': '{RESIDENT}'" in str(phone.all("reach"))
        await pass_days(here, 2)
        here.clock.pass_(seconds=2)
        await here.work()
        for phone in (president, leader):
            await phone.pull()
            rows = [row for each in phone.all("reach") for row in each["rows"]]
            assert rows
            assert {row["byName"] for row in rows} == {None}
