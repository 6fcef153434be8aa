"""PURE: who sees what. The scopes a person is in, and the scopes a notice is placed in."""

from collections.abc import Mapping, Sequence

from notices.proxies.acting import WHATS
from notices.town.standing import OFFICERS, Standing
from sync import ScopeKey


def person_scope(person: str) -> ScopeKey:
    return ScopeKey("person", person)


def household_scope(household: str) -> ScopeKey:
    return ScopeKey("household", household)


def block_scope(block: str) -> ScopeKey:
    return ScopeKey("block", block)


def association_scope(association: str) -> ScopeKey:
    return ScopeKey("association", association)


def city_scope(city: str) -> ScopeKey:
    return ScopeKey("city", city)


def answers_scope(household: str) -> ScopeKey:
    """What a home has answered: for its people, and for who may answer for it. Whoever may only stamp does not read it."""
    return ScopeKey("answers", household)


def officers_scope(association: str) -> ScopeKey:
    return ScopeKey("officers", association)


def clerks_scope(city: str) -> ScopeKey:
    return ScopeKey("clerks", city)


def leader_scope(block: str) -> ScopeKey:
    return ScopeKey("leader", block)


def scopes_of(standing: Standing, city: str) -> list[ScopeKey]:
    """In the order in which a phone receives them: what is mine, my home, my seats, my block, association, city."""
    officer = [held.association for held in standing.seats if held.association and held.role in OFFICERS]
    leader = [held.block for held in standing.seats if held.block and held.role == "block-leader"]
    associations = [home.association for home in standing.homes]
    associations += [held.association for held in standing.seats if held.association]
    wanted = [person_scope(standing.person)]
    wanted += [household_scope(home.household) for home in standing.homes]
    wanted += [answers_scope(home.household) for home in standing.homes]
    # A proxy reads as the home does: its notices where they may receive them, what was stamped in any case.
    received = [home for home in standing.acts if home.receive]
    wanted += [household_scope(home.household) for home in standing.acts if any(map(home.may, WHATS))]
    wanted += [answers_scope(home.household) for home in standing.acts if home.may("answer")]
    wanted += [officers_scope(association) for association in officer]
    wanted += [clerks_scope(city)] if standing.works_for_city else []
    wanted += [leader_scope(block) for block in leader]
    wanted += [block_scope(block) for block in [home.block for home in standing.homes] + leader]
    wanted += [block_scope(home.block) for home in received]
    associations += [home.association for home in received]
    wanted += [association_scope(association) for association in associations]
    wanted += [clerks_scope(city)] if standing.works_for_city else []
    wanted += [city_scope(city)]
    return list(dict.fromkeys(wanted))


def blocks_of(audience: Mapping[str, object]) -> Sequence[str] | None:
    """The blocks a notice is for; None means the whole association."""
    blocks = audience.get("blocks")
    return [str(block) for block in blocks] if isinstance(blocks, list) else None


def placements(notice: str, association: str, audience: Mapping[str, object]) -> list[tuple[ScopeKey, str]]:
    """(scope, record id) for each copy of a notice: one in the association, or one in each of its blocks."""
    blocks = blocks_of(audience)
    if blocks is None:
        return [(association_scope(association), notice)]
    return [(block_scope(block), f"{notice}.{block}") for block in blocks]
