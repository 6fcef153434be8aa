"""PURE: whether the promise was kept: the ledger against the roster, and against what the sinks and phones have."""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from server.demo.evidence import Copies, Door, Home, Tally, tally_mail, tally_push
from server.sinks.mail import Letterbox
from server.sinks.push import Received

MOST_NAMED: Final = 3
FAILED: Final = frozenset({"failed", "gone", "unknown", "quarantined", "skipped"})


@dataclass(frozen=True, slots=True)
class Check:
    """`wrong`: what did not hold, a sentence each; empty where it held."""

    name: str
    wrong: Sequence[str]

    @property
    def held(self) -> bool:
        return not self.wrong

    @property
    def said(self) -> str:
        more = f" … and {len(self.wrong) - MOST_NAMED} more" if len(self.wrong) > MOST_NAMED else ""
        return "; ".join(self.wrong[:MOST_NAMED]) + more


@dataclass
class Case:
    """All that is known after the run."""

    homes: Sequence[Home]
    phones: Mapping[Door, Mapping[str, str]]
    """Subscriptions of a household's phones, each with its owner's number in the roster."""
    copies: Copies
    mails: Sequence[Letterbox]
    pushes: Sequence[Received]
    ledger: Mapping[str, Any]
    deliveries: Mapping[str, Any]
    stamped: Mapping[Door, str]
    """What the phones and the leader did: how, by household."""
    fetched: Collection[Door]
    """Households whose phones fetched the notice without a stamp: known to the ledger a moment later."""
    rows: Mapping[str, int]
    """Stamps and visits in the database."""
    leader_saw: Mapping[str, Any]
    doors: Mapping[str, Door] = field(default_factory=dict)
    """Household id → door, as the ledger has it."""

    def __post_init__(self) -> None:
        names = {block["block"]: block["name"] for block in self.ledger["blocks"]}
        self.doors = {row["household"]: (names[row["block"]], row["walk"]) for row in self.ledger["rows"]}


def ledger_adds_up(case: Case) -> Check:
    wrong: list[str] = []
    ledger, households = case.ledger, len(case.homes)
    if ledger["households"] != households:
        wrong.append(f"the ledger has {ledger['households']} households, the roster {households}")
    if sum(ledger["grades"].values()) != households:
        wrong.append(f"its grades add up to {sum(ledger['grades'].values())}, not to {households}")
    for block in ledger["blocks"]:
        if sum(block["grades"].values()) != block["households"]:
            wrong.append(f"the grades of {block['name']} do not add up")
    if Counter(case.doors.values()) != Counter(home.door for home in case.homes):
        wrong.append("its doors are not those of the roster")
    if Counter(row["grade"] for row in ledger["rows"]) != Counter(ledger["grades"]):
        wrong.append("its doors do not add up to its grades")
    if not ledger["finished"]:
        wrong.append("it is not finished")
    return Check("the ledger adds up to the households of the roster, and is finished", wrong)


def everybody_once(case: Case) -> Check:
    """One copy by each live channel, never two, or a failure that is shown with its reason."""
    wrong: list[str] = []
    failed = _failed(case)
    for home in case.homes:
        for channel, tally in _tallies(case, home):
            shown = len(failed.pop((home.door, channel), ()))
            place = f"{home.door[0]} {home.door[1]}"
            if tally.missing > shown:
                wrong.append(f"{tally.missing - shown} {channel} to {place} got lost without a word")
            if tally.missing < shown:
                wrong.append(f"{place} is said to have no {channel}, but it arrived")
            if tally.extra:
                wrong.append(f"{tally.extra} {channel} too many to {place}")
    wrong += [f"a failure for {door} {channel} that nobody was due" for door, channel in failed]
    wrong += [f"a failure without a reason at {door}" for door in _mute(case)]
    return Check("everybody with a live channel got exactly one copy, or a failure with its reason", wrong)


def nobody_else(case: Case) -> Check:
    mails = {mail for home in case.homes for mail in home.mails()}
    phones = {name for names in case.phones.values() for name in names}
    strange = [f"mail to {to}" for to in case.copies.mail if to not in mails]
    strange += [f"push to {name}" for name in case.copies.push if name not in phones]
    due = sum(tally.due for home in case.homes for _, tally in _tallies(case, home))
    if case.deliveries["total"] != due:
        strange.append(f"{case.deliveries['total']} deliveries were made, {due} were due")
    return Check("nobody else got anything", strange)


def grades_are_true(case: Case) -> Check:
    wrong: list[str] = []
    grades = {case.doors[row["household"]]: row for row in case.ledger["rows"]}
    for home in case.homes:
        row = grades.get(home.door, {"grade": "nothing", "how": None})
        allowed = _allowed(case, home)
        if row["grade"] not in allowed:
            wrong.append(
                f"{home.door[0]} {home.door[1]} is {row['grade']}, but should be {' or '.join(allowed)}"
            )
        if row["grade"] == "stamped" and row["how"] != case.stamped.get(home.door):
            wrong.append(f"{home.door[0]} {home.door[1]} is said to be stamped by {row['how']}")
    return Check("each household's grade is what happened to it", wrong)


def stamps_count_once(case: Case) -> Check:
    app = sum(how == "app" for how in case.stamped.values())
    expected = {"stamps": app, "visits": len(case.stamped) - app}
    wrong = [
        f"{case.rows[name]} {name} are kept, {count} were made"
        for name, count in expected.items()
        if case.rows[name] != count
    ]
    if case.ledger["grades"]["stamped"] != len(case.stamped):
        wrong.append(f"the ledger counts {case.ledger['grades']['stamped']} of {len(case.stamped)}")
    return Check("each stamp and visit counts once, whatever the network did", wrong)


def leader_sees_it(case: Case) -> Check:
    block = next(each for each in case.ledger["blocks"] if each["block"] == case.leader_saw["block"])
    wrong = []
    if case.leader_saw["grades"]["stamped"] != block["grades"]["stamped"]:
        wrong.append(
            f"the leader's phone counts {case.leader_saw['grades']['stamped']} stamps in {block['name']}"
        )
    if case.leader_saw["households"] != block["households"]:
        wrong.append("the leader's phone has other households")
    return Check("the block leader's phone has the same ledger", wrong)


def failures(case: Case) -> list[dict[str, Any]]:
    """What is shown as failed, with its reason."""
    return [row for row in case.deliveries["rows"] if row["state"] in FAILED]


def _failed(case: Case) -> dict[tuple[Door, str], list[str]]:
    found: dict[tuple[Door, str], list[str]] = defaultdict(list)
    for row in failures(case):
        found[case.doors[row["household"]], row["channel"]].append(row["state"])
    return found


def _mute(case: Case) -> list[Door]:
    return [case.doors[row["household"]] for row in failures(case) if not row["reason"]]


def _tallies(case: Case, home: Home) -> list[tuple[str, Tally]]:
    return [
        ("mail", tally_mail(home, case.phones.get(home.door, {}), case.copies)),
        ("push", tally_push(case.phones.get(home.door, {}), case.copies)),
    ]


def _allowed(case: Case, home: Home) -> tuple[str, ...]:
    if home.door in case.stamped:
        return ("stamped",)
    arrived = any(tally.due > tally.missing for _, tally in _tallies(case, home))
    below = "handedOver" if arrived else "noChannel"
    return (below, "onThePhone") if home.door in case.fetched else (below,)
