"""The invented town: the same for the same seed, and like a real one where it matters."""

from collections import Counter
from dataclasses import replace
from datetime import date
from statistics import median

import pytest

from notices.roster import sheet
from notices.roster.rows import Parsed, PersonRow
from server.demo.town import Town, association, town

TODAY = date(2026, 11, 22)


@pytest.fixture(scope="module")
def hanamizuki() -> Town:
    return town(7, today=TODAY)


@pytest.fixture(scope="module")
def lists(hanamizuki: Town) -> list[Parsed]:
    return [sheet.parse(each.roster, TODAY) for each in hanamizuki.associations]


@pytest.fixture(scope="module")
def people(lists: list[Parsed]) -> list[PersonRow]:
    return [person for each in lists for household in each.households for person in household.people]


def test_the_same_seed_makes_the_same_town_and_another_seed_another(hanamizuki: Town) -> None:
    assert town(7, today=TODAY) == hanamizuki
    assert town(8, today=TODAY) != hanamizuki


def test_it_has_twelve_associations_with_three_thousand_households(hanamizuki: Town) -> None:
    sizes = {each.name: each.households for each in hanamizuki.associations}
    assert len(sizes) == 12
    assert sum(sizes.values()) == 3_000
    assert (sizes["さくら町内会"], sizes["みどり自治会"], sizes["川岸町会"]) == (260, 412, 133)
    assert len({each.slug for each in hanamizuki.associations}) == 12


def test_every_list_is_read_without_an_error_in_both_encodings(hanamizuki: Town, lists: list[Parsed]) -> None:
    assert [problem for each in lists for problem in each.errors] == []
    marked = {each.roster.startswith(b"\xef\xbb\xbf") for each in hanamizuki.associations}
    assert marked == {True, False}


def test_blocks_have_eight_to_twenty_households_in_walking_order(lists: list[Parsed]) -> None:
    for each in lists:
        sizes = Counter(household.block for household in each.households)
        assert all(8 <= size <= 20 for size in sizes.values())
        for block in sizes:
            walks = [household.walk for household in each.households if household.block == block]
            assert walks == list(range(1, len(walks) + 1))


def test_each_association_has_a_president_officers_and_a_leader_in_each_block(lists: list[Parsed]) -> None:
    for each in lists:
        seats = [
            (seat.role, household.block)
            for household in each.households
            for person in household.people
            for seat in person.seats
        ]
        roles = Counter(role for role, _ in seats)
        assert (roles["president"], roles["officer"]) == (1, 5)
        led = [block for role, block in seats if role == "block-leader"]
        assert sorted(led) == sorted({household.block for household in each.households})


def test_terms_are_those_of_the_fiscal_year() -> None:
    for today, begins in [(date(2027, 3, 31), 2026), (date(2027, 4, 1), 2027)]:
        parsed = sheet.parse(association(1, 20, today).roster, today)
        seats = {seat for row in parsed.households for person in row.people for seat in person.seats}
        assert {seat.begins for seat in seats} == {date(begins, 4, 1)}
        assert {seat.until for seat in seats} == {date(begins + 1, 3, 31)}


def test_another_year_has_the_same_people() -> None:
    def people(year: int) -> list[PersonRow]:
        today = date(year, 11, 22)
        rows = sheet.parse(association(1, 200, today).roster, today).households
        return [replace(person, seats=()) for row in rows for person in row.people]

    assert people(2025) == people(2031)


def test_ages_paper_and_mailboxes_are_plausible(lists: list[Parsed], people: list[PersonRow]) -> None:
    ages = [TODAY.year - (person.born or 0) for person in people]
    assert 60 <= median(age for age in ages if age >= 18) <= 70
    assert max(ages) < 100
    households = [household for each in lists for household in each.households]
    assert 0.08 <= sum(household.paper for household in households) / len(households) <= 0.18
    assert 0.35 <= sum(bool(person.mail) for person in people) / len(people) <= 0.55
    shared = Counter(person.mail for person in people if person.mail)
    assert any(count == 2 for count in shared.values())
    assert any(".." in mail for mail in shared)


def test_nobody_is_reached_by_a_number_or_an_address_of_the_town(people: list[PersonRow]) -> None:
    assert all(not person.phone or person.phone.startswith("000-") for person in people)
    domains = {person.mail.rpartition("@")[2] for person in people if person.mail}
    assert all(domain == "example.jp" or domain.endswith(".example.jp") for domain in domains)


@pytest.mark.slow
@pytest.mark.parametrize("households", [1, 7, 8, 21, 260, 5_000])
def test_an_association_of_any_size_is_made_and_read(households: int) -> None:
    made = association(3, households, TODAY)
    parsed = sheet.parse(made.roster, TODAY)
    assert parsed.errors == []
    assert len(parsed.households) == made.households == households


def test_a_town_of_another_size_keeps_its_proportions() -> None:
    sizes = [each.households for each in town(7, 300, TODAY).associations]
    assert sum(sizes) == 300
    assert min(sizes) >= 8
