"""A law: whatever happens to a circular and to the town, each home of its ledger stands in one column, proved by the first
proof that still holds; the columns of a block add up to the homes it had at publication, and the rest is left to walk.
"""

from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from notices.ids import new_id
from notices.ledger.reach import GRADES
from tests.journeys import homes, story
from tests.journeys.story import LEADER_1, LEADER_2, OFFICER_2, PRESIDENT, RESIDENT
from tests.phone import Phone
from tests.town import Town, town

SEATED = (PRESIDENT, LEADER_1, LEADER_2)
"""Whose presses a history is made of: they stay, whoever else leaves."""
ONE = st.integers(0, 20)
"""Of whatever there is to choose from at that moment."""
BLOCK = st.sampled_from(("一班", "二班"))
DEEDS = st.lists(
    st.sampled_from(("stamp", "told", "told", "paper", "not-home", "take back first", "take back last")),
    min_size=2,
    max_size=6,
)
DOOR = st.tuples(st.just("door"), ONE, DEEDS, st.booleans())
CORRECT = st.tuples(st.just("correct"), st.booleans(), st.sampled_from(("none", "unstamped", "all")))
MERGE = st.tuples(st.just("merge"), ONE, ONE)
OF_A_HOME = st.tuples(st.sampled_from(("grow", "split", "split", "out", "sent", "death", "erase")), ONE)
UNDO = st.tuples(st.just("undo"))
OTHERS = (
    st.tuples(st.just("paper"), ONE, st.booleans()),
    st.tuples(st.just("move"), ONE, BLOCK),
    st.tuples(st.sampled_from(("list", "in")), BLOCK),
    st.tuples(st.just("pull"), ONE),
    st.tuples(st.just("days"), st.integers(0, 4)),
    st.tuples(st.just("withdraw")),
)
# As often as it takes until each has met the others in a dozen histories; one_of of all would make each as likely as any.
ACT = st.sampled_from([*[DOOR] * 9, CORRECT, *[MERGE] * 4, *[OF_A_HOME] * 6, *[UNDO] * 2, *OTHERS]).flatmap(
    lambda act: act
)


@dataclass
class Proof:
    round: int
    how: str
    holds: bool = True


@dataclass
class Circular:
    """What a ledger should say, kept as simply as can be. Homes by id."""

    id: str
    blocks: dict[str, str]
    """Home → its block at publication."""
    round: int = 1
    out: bool = True
    proofs: dict[str, list[Proof]] = field(default_factory=lambda: defaultdict(list))
    visits: list[tuple[Phone, str, str, Proof]] = field(default_factory=list)

    def hows(self, doors: Sequence[str]) -> list[str]:
        """Of all that proves it at these doors, the home's own first, each in the order in which it came."""
        proofs = [each for door in doors for each in self.proofs[door] if each.holds]
        return [each.how for each in proofs if each.round == self.round and each.how != "not-home"]


@dataclass
class Stage:
    here: Town
    phones: dict[str, Phone]
    """By name; whoever comes to live here gets one."""
    newcomers: int = 0
    into: dict[str, str] = field(default_factory=dict)
    """Home that has become a part of another → that one."""
    changes: list[tuple[str, str]] = field(default_factory=list)
    """(change, home) of what officers have pressed and may take back."""

    async def homes(self) -> list[Any]:
        """In which somebody lives, or lived until they were forgotten."""
        held = await story.people(self.phones[PRESIDENT], self.here.sakura)
        found: list[Any] = held["households"]
        return found

    def doors(self, home: str) -> list[str]:
        """This home and those that it is a part of, one by the other: whoever reads there has read for it."""
        found = [home]
        while found[-1] in self.into:
            found.append(self.into[found[-1]])
        return found

    async def publish(self) -> Circular:
        names = {block: name for name, block in self.here.blocks.items()}
        blocks = {home["id"]: names[home["block"]] for home in await self.homes()}
        notice = await self.here.post(self.phones[PRESIDENT], deadline=None)
        return Circular(notice["id"], blocks)

    async def do(self, circular: Circular, verb: str, *what: Any) -> None:
        match verb, what:
            case "door", (which, deeds, by_officer):
                await self._door(circular, which, deeds, by_officer=by_officer)
            case "correct", (ask_again, resend):
                await self._correct(circular, resend, ask_again=ask_again)
            case "days", (count,):
                self.here.clock.pass_(days=count)
                await self.here.work()
            case "withdraw", _:
                circular.out = False
                answer = await story.act(self.phones[PRESIDENT], circular.id, "withdraw")
                assert answer.status_code == 200, answer.text
            case "list", (block,):
                await self._list(block)
            case "in", (block,):
                await self._move_in(block)
            case "undo", _:
                await self._undo()
            case _, (which, *more):
                living = await self.homes()
                parting = [home for home in living if len(home["people"]) > 1]
                fitting = parting if verb == "split" and parting else living
                await self._of_a_home(verb, fitting[which % len(fitting)], living, *more)

    async def _door(self, circular: Circular, which: int, deeds: list[str], *, by_officer: bool) -> None:
        """Of three one is where somebody with a phone lives, one is any home of the ledger, though nobody may live there any
        more, and one is of those that have come together."""
        read = [home["id"] for home in await self.homes() if self._reader(home)]
        listed = list(circular.blocks)
        together = [home for home in listed if home in self.into or home in self.into.values()]
        choice = (read, listed, together or listed)[which % 3]
        home = choice[which // 3 % len(choice)]
        leader = LEADER_1 if circular.blocks.get(home) == "一班" else LEADER_2
        for deed in deeds:
            await self._at(circular, home, deed, self.phones[PRESIDENT if by_officer else leader])

    def _reader(self, home: Any) -> Phone | None:
        phones = (self.phones.get(person["name"]) for person in home["people"])
        return next((phone for phone in phones if phone), None)

    async def _at(self, circular: Circular, home: str, deed: str, visitor: Phone) -> None:
        standing = [each for each in circular.visits if each[1] == home and each[3].holds]
        match deed:
            case "stamp":
                await self._stamp(circular, home)
            case "take back first" if standing:
                await self._take_back(circular, *standing[0])
            case "take back last" if standing:
                await self._take_back(circular, *standing[-1])
            case "told" | "paper" | "not-home" if home in circular.blocks:
                await self._visit(circular, visitor, home, deed)
        self.here.clock.pass_(seconds=1)
        await _adds_up(self, circular)

    async def _push(self, phone: Phone, circular: Circular) -> bool:
        [result] = await phone.push()
        assert result["status"] == ("ok" if circular.out else "rejected"), result
        return circular.out

    async def _stamp(self, circular: Circular, home: str) -> None:
        living = next((each for each in await self.homes() if each["id"] == home), None)
        if (phone := self._reader(living) if living else None) is None:
            return
        phone.stamp(circular.id, home, circular.round)
        if await self._push(phone, circular):
            circular.proofs[home].append(Proof(circular.round, "app"))

    async def _visit(self, circular: Circular, phone: Phone, home: str, kind: str) -> None:
        id = phone.visit(circular.id, home, kind)
        if await self._push(phone, circular):
            proof = Proof(circular.round, kind)
            circular.proofs[home].append(proof)
            circular.visits.append((phone, home, id, proof))

    async def _take_back(self, circular: Circular, phone: Phone, home: str, id: str, proof: Proof) -> None:
        phone.take_back(id)
        proof.holds = not await self._push(phone, circular)

    async def _of_a_home(self, verb: str, home: Any, living: list[Any], *more: Any) -> None:
        people, id = home["people"], home["id"]
        stay = any(person["name"] in SEATED for person in people)
        match verb, more:
            case "paper", (paper,):
                await self._change(id, {"paper": paper})
            case "move", (block,):
                await self._change(id, {"block": self.here.blocks[block]})
            case "pull", _ if phone := self._reader(home):
                await phone.pull()
            case "grow", _:
                coming = self._newcomer()
                await self._press(id, "people", people=[coming])
                await self._gets_a_phone(coming)
            case "split", _ if len(people) > 1:
                new = {"id": new_id(), "name": f"分家 {people[-1]['name']}"}
                await self._press(id, "split", people=[people[-1]["id"]], **new)
            case "merge", (other,) if (into := living[other % len(living)]["id"]) != id:
                await self._press(id, "merge", into=into)
                self.into[id] = into
            case "out", _ if not stay:
                await self._press(id, "move-out")
            case "sent", _ if not stay:
                await self._press(id, "move-out", to=self.here.midori)
            case "death", _ if people and people[-1]["name"] not in SEATED:
                await self._press(id, "death", person=people[-1]["id"])
                # It stays off, though the press may be taken back.
                self.phones.pop(people[-1]["name"], None)
            case "erase", _ if people and people[-1]["name"] not in (*SEATED, OFFICER_2):
                await self._erase(people[-1]["id"])

    async def _press(self, home: str, what: str, **said: Any) -> None:
        answer = await homes.press(self.phones[PRESIDENT], home, what, **said)
        assert answer.status_code == 200, answer.text
        self.changes.append((answer.json()["follows"]["change"], home))

    async def _undo(self) -> None:
        """The last change; where a week has passed since, it is refused, and nothing is changed."""
        if self.changes:
            change, home = self.changes.pop()
            answer = await homes.take_back(self.phones[PRESIDENT], change)
            assert answer.status_code in (200, 409), answer.text
            if answer.status_code == 200:
                self.into.pop(home, None)

    async def _erase(self, person: str) -> None:
        path = f"/api/v1/associations/{self.here.sakura}/people/{person}/erasure"
        answer = await self.phones[PRESIDENT].http.post(path, json={"confirm": True})
        assert answer.status_code == 202, answer.text
        self.here.clock.pass_(days=7, seconds=1)
        await self.here.work()

    def _newcomer(self) -> dict[str, str]:
        self.newcomers += 1
        return {"id": new_id(), "name": f"新入 {self.newcomers}"}

    async def _gets_a_phone(self, person: dict[str, str]) -> None:
        self.here.people[person["name"]] = person["id"]
        self.phones[person["name"]] = await self.here.phone(person["name"])

    async def _move_in(self, block: str) -> None:
        coming, at = self._newcomer(), {"block": self.here.blocks[block]}
        said = {"people": [{"name": coming["name"]}]} | at
        answer = await homes.move_in(self.phones[PRESIDENT], self.here.sakura, **said)
        assert answer.status_code == 200, answer.text

    async def _change(self, home: str, what: dict[str, Any]) -> None:
        answer = await self.phones[PRESIDENT].http.patch(f"/api/v1/households/{home}", json=what)
        assert answer.status_code == 200, answer.text

    async def _list(self, block: str) -> None:
        """The roster comes back with one home more."""
        self.newcomers += 1
        president, number = self.phones[PRESIDENT], 900 + self.newcomers
        path = f"/api/v1/associations/{self.here.sakura}/roster"
        roster = (await president.http.get(path)).text
        line = f"{block},{number},{number},新入{number},,,,新入 {number},しんにゅう,1990,,,,,\r\n"
        answer = await story.import_roster(president, self.here.sakura, roster + line)
        assert answer.status_code == 200, answer.text

    async def _correct(self, circular: Circular, resend: str, *, ask_again: bool) -> None:
        said = {"body": f"訂正{self.here.clock()}", "resend": resend, "askAgain": ask_again}
        answer = await story.correct(self.phones[PRESIDENT], circular.id, **said)
        assert answer.status_code == (200 if circular.out else 409), answer.text
        circular.round += ask_again and circular.out


async def look(stage: Stage, circular: Circular) -> None:
    ledger = await _adds_up(stage, circular)
    await _look_at_the_doors(stage.phones[PRESIDENT], circular, ledger)
    for name, block in ((LEADER_1, "一班"), (LEADER_2, "二班")):
        if theirs := [line for line in ledger["blocks"] if line["name"] == block]:
            part = await story.reach(stage.phones[name], circular.id)
            assert part["blocks"] == theirs, "a leader's ledger is a part of the whole"


async def _adds_up(stage: Stage, circular: Circular) -> dict[str, Any]:
    ledger = await story.reach(stage.phones[PRESIDENT], circular.id)
    assert ledger["households"] == len(circular.blocks), "the denominator is that of publication, for ever"
    for line in ledger["blocks"]:
        theirs = [row for row in ledger["rows"] if row["block"] == line["block"]]
        assert line["households"] == sum(block == line["name"] for block in circular.blocks.values())
        assert line["grades"] == {grade: sum(row["grade"] == grade for row in theirs) for grade in GRADES}
        assert sum(line["hows"].values()) == line["grades"]["stamped"]
    assert sum(ledger["hows"].values()) == ledger["grades"]["stamped"]
    assert {row["household"] for row in ledger["rows"]} == set(circular.blocks)
    for row in ledger["rows"]:
        proving = circular.hows(stage.doors(row["household"]))
        # Of a home that has become a part of another both homes' first proofs are right: they read together.
        first = proving if row["household"] in stage.into else proving[:1]
        assert row["how"] in first if first else row["how"] is None, (row, proving)
    return ledger


async def _look_at_the_doors(by: Phone, circular: Circular, ledger: dict[str, Any]) -> None:
    answer = await by.http.get(f"/api/v1/notices/{circular.id}/walking-list")
    doors = [door for block in answer.json()["blocks"] for door in block["doors"]]
    left = [row["household"] for row in ledger["rows"] if row["grade"] != "stamped"]
    assert sorted(door["household"] for door in doors) == sorted(left)
    if not any(door["livesIn"] for door in doors):
        assert [door["household"] for door in doors] == left, "in the order of the walk"


@pytest.fixture
async def stage(database_url: str, tmp_path: Path) -> AsyncIterator[Stage]:
    async with town(database_url, tmp_path) as here:
        names = (PRESIDENT, OFFICER_2, LEADER_1, LEADER_2, RESIDENT)
        yield Stage(here, {name: await here.phone(name) for name in names})


COMING_TOGETHER = [
    ("door", 16, ["told"], True),
    ("merge", 6, 5),
    ("door", 12, ["stamp", "take back last"], False),
    ("undo",),
    ("door", 19, ["paper", "take back last"], True),
    ("merge", 6, 5),
    ("merge", 5, 3),
    ("door", 9, ["stamp"], False),
    ("correct", True, "all"),
    ("door", 9, ["told", "take back first", "stamp"], False),
    ("undo",),
]
"""In the town as it was founded, where the numbers mean: 渡辺 and 伊藤, who then become a part of 田中."""
GROWING_AND_GOING = [
    ("grow", 0),
    ("split", 0),
    ("grow", 3),
    ("door", 10, ["stamp", "told", "take back last"], False),
    ("death", 3),
    ("undo",),
    ("erase", 3),
    ("out", 3),
    ("door", 10, ["not-home", "told"], True),
    ("undo",),
    ("in", "一班"),
    ("sent", 4),
]


@settings(
    deadline=None,
    derandomize=True,
    database=None,
    max_examples=10,
    # A shorter history would begin in another town: what an earlier one did stays.
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=list(HealthCheck),
)
@example(acts=COMING_TOGETHER)
@example(acts=GROWING_AND_GOING)
@given(acts=st.lists(ACT, min_size=6, max_size=10))
async def test_a_ledger_adds_up_after_any_history(stage: Stage, acts: list[tuple[Any, ...]]) -> None:
    # One town for all of them: what an earlier history did to its homes is where the next one begins.
    circular = await stage.publish()
    await look(stage, circular)
    for act in acts:
        await stage.do(circular, *act)
        stage.here.clock.pass_(seconds=1)
        await look(stage, circular)
    await stage.here.work()
    await look(stage, circular)
    if circular.out:
        await stage.do(circular, "withdraw")
