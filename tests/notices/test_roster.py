"""A roster applied to an association: what each change of the file does, and that nothing else happens."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from notices import ids, roster
from notices.errors import NotFound
from notices.life.changes import COUNTS
from notices.models import Address, Audit, Block, Due, Household, Person, Resident, Seat
from notices.roster import sheet
from notices.roster.rows import HouseholdRow, SeatRow
from notices.tokyo import midnight, today
from notices.town.people_errors import RosterEndsOfficers, RosterEndsTooMany, RosterHasErrors
from sync.models import SyncRecord
from tests.notices.rosters import LEADER, NOW, PRESIDENT, TENANT, VAULT, Ground, home, one


@pytest.fixture
async def ground(database_url: str) -> AsyncIterator[Ground]:
    ground = Ground(database_url)
    await ground.settle()
    yield ground
    await ground.db.close()


TOWN = [
    HouseholdRow("1班", 1, "1", "佐藤", "3丁目4-2", False, (
        one("佐藤 太郎", replace(PRESIDENT, begins=date(2026, 4, 1), until=date(2027, 3, 31)), mail="taro@example.jp"),
        one("佐藤 花子", mail="taro@example.jp"),
    )),
    HouseholdRow("1班", 2, "2", "田中", "3丁目4-3", True, (one("田中 一", replace(LEADER, begins=date(2026, 4, 1))),)),
    HouseholdRow("2班", 1, "3", "鈴木", "3丁目5-1", False, (one("鈴木 次郎", number="77", born=1950),)),
    HouseholdRow("2班", 2, "4", "空家", "3丁目5-2"),
]  # fmt: skip


async def count(ground: Ground, model: Any, *where: Any) -> int:
    async with ground.db.read() as session:
        return await session.scalar(select(func.count()).select_from(model).where(*where)) or 0


async def bodies(ground: Ground, type: str) -> dict[str, bytes]:
    async with ground.db.read() as session:
        query = select(SyncRecord).where(SyncRecord.type == type, SyncRecord.deleted.is_(False))
        return {row.rid: row.body or b"" for row in await session.scalars(query)}


def only(report: roster.Report, **wanted: int) -> None:
    assert {name: number for name, number in report.changes.items() if number} == wanted


async def test_an_imported_roster_is_exported_as_it_was(ground: Ground) -> None:
    report = await ground.read_in(TOWN)
    only(report, blocksAdded=2, householdsAdded=4, peopleAdded=4, mailsAdded=2, termsAdded=2)
    assert report.applied
    assert await ground.read_out() == TOWN


async def test_the_same_file_twice_changes_nothing(ground: Ground) -> None:
    await ground.read_in(TOWN)
    before = await count(ground, Audit)
    ground.later(days=3)
    report = await ground.read_in(TOWN)
    only(report)
    assert not report.applied
    assert await count(ground, Audit) == before
    only(await ground.read_in(await ground.read_out()))


async def test_phones_are_told_of_everything_imported(ground: Ground) -> None:
    await ground.read_in(TOWN)
    for type, number in {"blocks": 2, "households": 4, "roster": 8, "memberships": 4, "seats": 2}.items():
        assert len(await bodies(ground, type)) == number, type
    assert "田中" in (await bodies(ground, "households"))[(await ground.household("2")).id].decode()


async def test_contact_data_is_nowhere_in_clear(ground: Ground) -> None:
    await ground.read_in(
        [home("1", replace(one("佐藤 太郎", mail="taro@example.jp"), phone="000-1111-2222"))]
    )
    async with ground.db.read() as session:
        for table in (Address, Person, Household, SyncRecord):
            for row in await session.execute(select(table.__table__)):
                assert "taro@" not in str(row)
                assert "000-1111" not in str(row)


async def test_a_dry_run_counts_and_writes_nothing(ground: Ground) -> None:
    report = await ground.read_in(TOWN, dry_run=True)
    only(report, blocksAdded=2, householdsAdded=4, peopleAdded=4, mailsAdded=2, termsAdded=2)
    assert not report.applied
    assert await ground.read_out() == []
    await ground.read_in(TOWN)
    report = await ground.read_in([replace(TOWN[0], name="加藤"), *TOWN[1:3]], dry_run=True)
    only(report, householdsChanged=1, householdsLeft=1)
    assert await ground.read_out() == TOWN


async def test_any_error_means_that_nothing_is_applied(ground: Ground) -> None:
    await ground.read_in(TOWN)
    data = sheet.format(TOWN).decode() + "3班,1,5,新田,,,,新田 健,,19999,,,,,\r\n"
    parsed = sheet.parse(data.encode(), today(NOW))
    with pytest.raises(RosterHasErrors) as refused:
        async with ground.db.write() as session:
            await roster.apply(session, VAULT, TENANT, ground.association, parsed, None, NOW)
    assert refused.value.facts["errors"] == 1
    assert await ground.read_out() == TOWN


async def test_a_foreign_association_is_not_found(ground: Ground) -> None:
    with pytest.raises(NotFound):
        await ground.read_in(TOWN, ids.new_id())


async def test_a_household_that_is_no_longer_listed_has_left_with_its_people(ground: Ground) -> None:
    await ground.read_in(TOWN)
    gone = await ground.household("2")
    only(await ground.read_in([TOWN[0], *TOWN[2:]]), householdsLeft=1, peopleLeft=1, termsEnded=1)
    assert await ground.read_out() == [TOWN[0], *TOWN[2:]]
    person = await ground.person("田中 一")
    assert person.ended_at == NOW
    assert (await ground.terms("班長"))[0].ends == today(NOW)
    assert gone.id not in await bodies(ground, "households")
    membership = (await bodies(ground, "memberships"))[person.id]
    assert b'"homes":[]' in membership, "the phone must learn that there is no home any more"


async def test_who_comes_back_is_the_same_household_and_the_same_person(ground: Ground) -> None:
    await ground.read_in(TOWN)
    before = await ground.household("2"), await ground.person("田中 一")
    await ground.read_in([TOWN[0], *TOWN[2:]])
    ground.later(days=1)
    report = await ground.read_in(
        [
            replace(home, people=tuple(replace(p, seats=()) for p in home.people))
            if home.number == "2"
            else home
            for home in TOWN
        ]
    )
    only(report, householdsReturned=1, peopleReturned=1)
    assert (await ground.household("2")).id == before[0].id
    assert (await ground.person("田中 一")).id == before[1].id


async def test_the_next_family_in_a_house_is_another_household(ground: Ground) -> None:
    await ground.read_in(TOWN)
    before = (await ground.household("3")).id
    report = await ground.read_in(
        [*TOWN[:2], home("3", one("高橋 三郎"), block="2班", walk=1, name="高橋"), TOWN[3]]
    )
    only(report, householdsAdded=1, householdsLeft=1, peopleAdded=1, peopleLeft=1)
    assert (await ground.household("3")).id != before


async def test_a_spreadsheet_that_ate_the_zeros_changes_nothing(ground: Ground) -> None:
    await ground.read_in([replace(TOWN[0], number="001")])
    only(await ground.read_in([replace(TOWN[0], number="1")]))


async def test_a_household_in_another_block_has_moved_there(ground: Ground) -> None:
    await ground.read_in(TOWN)
    moved = replace(TOWN[2], block="1班", walk=3)
    only(await ground.read_in([*TOWN[:2], moved, TOWN[3]]), householdsMoved=1)
    household = await ground.household("3")
    assert household.block == (await ground.block("1班")).id
    assert len(await bodies(ground, "roster")) == 2 * 4
    membership = (await bodies(ground, "memberships"))[(await ground.person("鈴木 次郎")).id]
    assert "1班" in membership.decode()


async def test_a_block_nobody_lives_in_any_more_has_ended_with_its_seats(ground: Ground) -> None:
    leader = one("鈴木 次郎", LEADER)
    await ground.read_in([*TOWN[:2], home("3", leader, block="2班", walk=1), home("4", block="3班")])
    report = await ground.read_in([*TOWN[:2], home("3", leader, block="3班", walk=1), home("4", block="3班")])
    assert report.changes["blocksEnded"] == 1
    assert report.changes["termsEnded"] == report.changes["termsAdded"] == 1
    assert await count(ground, Seat, Seat.ended_at.is_not(None)) == 1
    assert len(await bodies(ground, "blocks")) == 2


async def test_a_person_with_a_number_who_changes_household_stays_the_same_person(ground: Ground) -> None:
    await ground.read_in(TOWN)
    before = (await ground.person("鈴木 次郎")).id
    report = await ground.read_in([
        *TOWN[:2],
        replace(TOWN[2], people=()),
        replace(TOWN[3], people=(one("鈴木 次郎", number="77", born=1950),)),
    ])  # fmt: skip
    only(report, peopleMoved=1)
    assert (await ground.person("鈴木 次郎")).id == before
    assert await count(ground, Resident, Resident.until.is_(None)) == 4


async def test_a_renumbered_list_gives_nobody_the_devices_of_a_stranger(ground: Ground) -> None:
    await ground.read_in(
        [home("1", one("佐藤 太郎", number="1", born=1950)), home("2", one("田中 一", number="2"))]
    )
    before = (await ground.person("佐藤 太郎")).id, (await ground.person("田中 一")).id
    await ground.read_in(
        [home("1", one("佐藤 太郎", number="2", born=1950)), home("2", one("田中 一", number="1"))]
    )
    assert ((await ground.person("佐藤 太郎")).id, (await ground.person("田中 一")).id) == before
    report = await ground.read_in(
        [home("1", one("佐藤 太郎", number="9", born=1950)), home("2", one("伊藤 結", number="2", born=1990))]
    )
    assert any("別の人のものでした" in line.message for line in report.report)
    assert (await ground.person("伊藤 結")).id not in before


async def test_a_new_name_under_the_same_number_at_home_is_a_changed_name(ground: Ground) -> None:
    await ground.read_in([home("1", one("佐藤 花子", number="5"))])
    before = (await ground.person("佐藤 花子")).id
    only(await ground.read_in([home("1", one("田中 花子", number="5"))]), peopleChanged=1)
    assert (await ground.person("田中 花子")).id == before


async def test_who_lives_in_a_second_association_ends_only_the_residence(ground: Ground) -> None:
    other = ids.new_id()
    await ground.found(other, "midori")
    await ground.read_in(TOWN)
    only(
        await ground.read_in([home("9", one("鈴木 次郎", number="77", born=1950))], other),
        blocksAdded=1,
        householdsAdded=1,
    )
    await ground.read_in([*TOWN[:2], TOWN[3]])
    person = await ground.person("鈴木 次郎")
    assert person.ended_at is None
    assert await count(ground, Resident, Resident.person == person.id, Resident.until.is_(None)) == 1
    assert len(await ground.read_out(other)) == 1


async def test_a_number_alone_never_joins_people_of_two_associations(ground: Ground) -> None:
    other = ids.new_id()
    await ground.found(other, "midori")
    await ground.read_in(TOWN)
    report = await ground.read_in([home("9", one("別人 五郎", number="77", born=1950))], other)
    assert report.changes["peopleAdded"] == 1


# --- mail -------------------------------------------------------------------------------------------------


async def addresses(ground: Ground, name: str) -> dict[str, tuple[str, str | None]]:
    person = await ground.person(name)
    async with ground.db.read() as session:
        query = select(Address).where(Address.person == person.id).order_by(Address.created_at)
        return {
            VAULT.decrypt(TENANT, row.secret): (row.state, row.reason) for row in await session.scalars(query)
        }


async def test_a_changed_mail_address_replaces_the_old_one_and_comes_back(ground: Ground) -> None:
    await ground.read_in([home("1", one("佐藤 太郎", mail="old@example.jp"))])
    ground.later(days=1)
    only(
        await ground.read_in([home("1", one("佐藤 太郎", mail="new@example.jp"))]), mailsAdded=1, mailsEnded=1
    )
    assert await addresses(ground, "佐藤 太郎") == {
        "old@example.jp": ("off", "replaced"),
        "new@example.jp": ("live", None),
    }
    await ground.read_in([home("1", one("佐藤 太郎"))])
    assert (await addresses(ground, "佐藤 太郎"))["new@example.jp"] == ("off", "removed")
    await ground.read_in([home("1", one("佐藤 太郎", mail="old@example.jp"))])
    assert (await addresses(ground, "佐藤 太郎"))["old@example.jp"] == ("live", None)


@pytest.mark.parametrize("mail", ["taro@example.jp", "new@example.jp"])
async def test_no_roster_switches_on_what_a_person_stopped(ground: Ground, mail: str) -> None:
    await ground.read_in([home("1", one("佐藤 太郎", mail="taro@example.jp"))])
    async with ground.db.write() as session:
        (row,) = (await session.scalars(select(Address))).all()
        row.state, row.reason = "off", "stopped"
    await ground.read_in([home("1", one("佐藤 太郎", mail=mail))])
    assert (await addresses(ground, "佐藤 太郎"))[mail] == ("off", "stopped")
    only(await ground.read_in(await ground.read_out()))


async def test_what_the_file_has_no_column_for_stays(ground: Ground) -> None:
    await ground.read_in(TOWN)
    bare = [
        replace(row, street="", paper=False, people=tuple(replace(p, mail="", seats=()) for p in row.people))
        for row in TOWN
    ]
    only(await ground.read_in(bare, columns="block household householdName name"))
    assert await ground.read_out() == TOWN


# --- seats ------------------------------------------------------------------------------------------------


async def test_a_handover_in_the_file_ends_one_term_and_begins_another_on_the_same_seat(
    ground: Ground,
) -> None:
    await ground.read_in([home("1", one("佐藤 太郎", PRESIDENT)), home("2", one("田中 一"))])
    ground.later(days=30)
    only(
        await ground.read_in([home("1", one("佐藤 太郎")), home("2", one("田中 一", PRESIDENT))]),
        termsAdded=1,
        termsEnded=1,
    )
    first, second = await ground.terms("会長")
    assert first.seat == second.seat
    assert first.ends == second.begins == today(ground.now)


async def test_a_term_to_come_is_due_at_midnight_in_tokyo_of_its_first_day(ground: Ground) -> None:
    april = date(2027, 4, 1)
    now = replace(PRESIDENT, begins=date(2026, 4, 1), until=april - timedelta(days=1))
    coming = replace(PRESIDENT, begins=april, until=date(2028, 3, 31))
    rows = [home("1", one("佐藤 太郎", now)), home("2", one("田中 一", coming))]
    await ground.read_in(rows)
    assert await ground.read_out() == rows
    async with ground.db.read() as session:
        dues = {row.subject: row.at for row in await session.scalars(select(Due).where(Due.kind == "term"))}
    assert dues == dict.fromkeys(
        [(await ground.person(n)).id for n in ("佐藤 太郎", "田中 一")], midnight(april)
    )


async def test_a_corrected_date_changes_the_term(ground: Ground) -> None:
    await ground.read_in([home("1", one("佐藤 太郎", replace(PRESIDENT, begins=date(2026, 4, 2))))])
    only(
        await ground.read_in([home("1", one("佐藤 太郎", replace(PRESIDENT, begins=date(2026, 4, 1))))]),
        termsChanged=1,
    )
    assert [term.begins for term in await ground.terms("会長")] == [date(2026, 4, 1)]


async def test_the_leader_of_a_block_who_lives_elsewhere_survives_the_file(ground: Ground) -> None:
    abroad = SeatRow("班長", "block-leader", block="2班", begins=date(2026, 4, 1))
    rows = [home("1", one("佐藤 太郎", abroad)), home("2", one("田中 一"), block="2班")]
    await ground.read_in(rows)
    assert await ground.read_out() == rows
    only(await ground.read_in(await ground.read_out()))


async def test_the_first_officer_is_recognised_and_keeps_the_seat(ground: Ground) -> None:
    officer = await ground.seat("佐藤 太郎")
    only(
        await ground.read_in([home("1", one("佐藤　太郎", PRESIDENT))]),
        blocksAdded=1, householdsAdded=1, peopleChanged=1,
    )  # fmt: skip
    assert (await ground.terms("会長"))[0].person == officer
    assert await count(ground, Person) == 1


async def test_an_officer_who_is_not_on_the_list_keeps_the_seat_with_a_warning(ground: Ground) -> None:
    await ground.seat("遠山 桜")
    report = await ground.read_in([home("1", one("佐藤 太郎"))])
    assert any("遠山 桜さんは名簿の世帯にいない" in line.message for line in report.report)
    assert (await ground.terms("会長"))[0].ends is None


# --- safety -----------------------------------------------------------------------------------------------


async def test_a_file_that_would_end_most_households_is_refused_until_really_meant(ground: Ground) -> None:
    street = [home(str(n), one(f"住民{n}")) for n in range(1, 13)]
    await ground.read_in(street)
    with pytest.raises(RosterEndsTooMany) as refused:
        await ground.read_in(street[:5])
    assert refused.value.facts == {"households": 12, "leaving": 7}
    assert "12世帯のうち7世帯" in refused.value.detail()
    report = await ground.read_in(street[:5], dry_run=True)
    assert "7世帯が転出" in report.report[0].message
    assert len(await ground.read_out()) == 12
    await ground.read_in(street[:5], really=True)
    assert len(await ground.read_out()) == 5


async def test_a_file_that_would_leave_no_officer_is_refused_until_really_meant(ground: Ground) -> None:
    await ground.read_in(TOWN)
    bare = [replace(row, people=tuple(replace(p, seats=()) for p in row.people)) for row in TOWN]
    with pytest.raises(RosterEndsOfficers):
        await ground.read_in(bare)
    only(await ground.read_in(bare, really=True), termsEnded=2)


async def test_an_officer_who_ends_her_own_seat_is_told(ground: Ground) -> None:
    await ground.read_in([home("1", one("佐藤 太郎", PRESIDENT)), home("2", one("田中 一", PRESIDENT))])
    rows = [home("1", one("佐藤 太郎")), home("2", one("田中 一", PRESIDENT))]
    report = await ground.read_in(rows, actor=(await ground.person("佐藤 太郎")).id)
    assert any("ご自身の役職が今日で終わります" in line.message for line in report.report)


async def test_an_import_is_audited_with_counts_and_no_names(ground: Ground) -> None:
    await ground.read_in(TOWN, actor=None)
    async with ground.db.read() as session:
        (entry,) = (await session.scalars(select(Audit))).all()
    assert (entry.action, entry.subject) == ("roster.imported", ground.association)
    assert set(entry.detail) <= set(COUNTS)


async def test_progress_reaches_the_end(ground: Ground) -> None:
    told: list[tuple[int, int]] = []
    parsed = sheet.parse(sheet.format(TOWN), today(NOW))
    async with ground.db.write() as session:
        await roster.apply(
            session, VAULT, TENANT, ground.association, parsed, None, NOW, lambda *step: told.append(step)
        )
    assert told == sorted(told)
    assert told[-1][0] == told[-1][1]
    assert await count(ground, Block) == 2
