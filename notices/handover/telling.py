"""PURE: a handover in words and ids, the same for its preview, for who scheduled it and for the officers' phones."""

from collections.abc import Collection
from datetime import timedelta
from typing import Any

from notices.handover.proposal import ENOUGH_OFFICERS, Proposal, Register
from notices.models import Handover, Seat
from notices.tokyo import wire

Body = dict[str, Any]
RANKS = ("president", "officer", "block-leader", "helper")
"""In which order seats are read out."""


def preview(proposal: Proposal) -> Body:
    """{begins, overlapWeeks, leavesOn, seats: [{id, role, title, block, from, to}], officers, warnings}.

    `leavesOn`: the first day without those who leave. `to`: with a phone or not, and whether they held the seat before.
    """
    wish, register = proposal.wish, proposal.register
    coming = set(proposal.added)
    seats = []
    for seat, people in wish.seats:
        before = [term.person for term in register.holders(seat, wish.begins - timedelta(days=1))]
        to = [
            {
                "id": person,
                "name": register.people[person],
                "stays": (seat, person) not in coming,
                "device": (seat, person) not in coming or person in proposal.with_device,
            }
            for person in people
        ]
        gone = [
            {"id": person, "name": register.people[person]}
            for person in dict.fromkeys(before)
            if person not in people
        ]
        seats.append(seat_of(register.seats[seat], register) | {"from": gone, "to": to})
    return {
        "begins": wish.begins.isoformat(),
        "overlapWeeks": wish.overlap_weeks,
        "leavesOn": wish.ends.isoformat(),
        "seats": in_order(seats),
        "officers": len(proposal.officers_after()),
        "warnings": _warnings(proposal),
    }


def _warnings(proposal: Proposal) -> list[Body]:
    """{code, people?}: what an officer should look at; nothing of it forbids the handover."""
    found: list[Body] = []
    without = {person for _, person in proposal.added} - set(proposal.with_device)
    if without:
        people = [{"id": id, "name": proposal.register.people[id]} for id in sorted(without)]
        found.append({"code": "no-device", "people": people})
    if len(proposal.officers_after()) < ENOUGH_OFFICERS:
        found.append({"code": "few-officers"})
    return found


def seat_of(seat: Seat, register: Register) -> Body:
    block: Body | None = None
    if seat.block is not None:
        name, position = register.blocks.get(seat.block, ("", 0))
        block = {"id": seat.block, "name": name, "position": position}
    return {"id": seat.id, "role": seat.role, "title": seat.title, "block": block}


def in_order(seats: Collection[Body]) -> list[Body]:
    def place(each: Body) -> tuple[int, int, str]:
        return RANKS.index(each["role"]), (each["block"] or {}).get("position", 0), each["id"]

    return sorted(seats, key=place)


def scheduled(row: Handover) -> Body:
    """The record `handovers`, and the answer to whoever pressed: what was previewed at the press, and by whom."""
    by = {"id": row.by, "name": row.by_name, "title": row.by_title}
    return {"id": row.id, "association": row.association, "by": by, "at": wire(row.made_at)} | row.said
