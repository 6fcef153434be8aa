"""A law: whatever happens to a circular and to the town, each home of its ledger stands in one column, proved by the first
proof that still holds; the columns of a block add up to the homes it had at publication, and the rest is left to walk.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from notices.ledger.reach import GRADES
from tests.journeys import story
from tests.journeys.story import LEADER_1, LEADER_2, OFFICER_2, PRESIDENT, RESIDENT
from tests.phone import Phone
from tests.town import Town, town

HOMES = ("山田", "佐藤", "鈴木", "高橋", "田中", "伊藤", "渡辺")
READERS = {"伊藤": RESIDENT, "高橋": OFFICER_2, "佐藤": LEADER_1}
HOME = st.sampled_from(HOMES)
BLOCK = st.sampled_from(("一班", "二班"))
DEEDS = st.lists(
    st.sampled_from(("stamp", "told", "told", "paper", "not-home", "take back first", "take back last")),
    min_size=2,
    max_size=6,
)
DOOR = st.tuples(st.just("door"), st.sampled_from(sorted(READERS)), DEEDS, st.booleans())
TOWN = st.one_of(
    st.tuples(st.just("paper"), HOME, st.booleans()),
    st.tuples(st.just("move"), HOME, BLOCK),
    st.tuples(st.just("join"), BLOCK),
    st.tuples(st.just("correct"), st.booleans(), st.sampled_from(("none", "unstamped", "all"))),
    st.tuples(st.just("pull"), st.sampled_from(sorted(READERS))),
    st.tuples(st.just("days"), st.integers(0, 4)),
    st.tuples(st.just("withdraw")),
)


@dataclass
class Proof:
    round: int
    how: str
    holds: bool = True


@dataclass
class Circular:
    """What a ledger should say, kept as simply as can be."""

    id: str
    blocks: dict[str, str]
    """Home → its block at publication."""
    round: int = 1
    out: bool = True
    proofs: dict[str, list[Proof]] = field(default_factory=lambda: {home: [] for home in HOMES})
    visits: list[tuple[Phone, str, str, Proof]] = field(default_factory=list)

    def how(self, home: str) -> str | None:
        holding = [each.how for each in self.proofs[home] if each.holds and each.round == self.round]
        return next((how for how in holding if how != "not-home"), None)


@dataclass
class Stage:
    here: Town
    phones: dict[str, Phone]
    newcomers: int = 0

    async def publish(self) -> Circular:
        president = self.phones[PRESIDENT]
        held = await story.people(president, self.here.sakura)
        names = {block: name for name, block in self.here.blocks.items()}
        blocks = {home["name"]: names[home["block"]] for home in held["households"]}
        notice = await self.here.post(president, deadline=None)
        circular = Circular(notice["id"], blocks)
        circular.proofs |= {home: [] for home in blocks if home not in HOMES}
        return circular

    async def do(self, circular: Circular, verb: str, *what: Any) -> None:
        match verb, what:
            case "door", (home, deeds, by_officer):
                leader = LEADER_1 if circular.blocks[home] == "一班" else LEADER_2
                for deed in deeds:
                    await self._at(circular, home, deed, self.phones[PRESIDENT if by_officer else leader])
            case "paper", (home, paper):
                await self._change(home, {"paper": paper})
            case "move", (home, block):
                await self._change(home, {"block": self.here.blocks[block]})
            case "join", (block,):
                await self._join(block)
            case "correct", (ask_again, resend):
                await self._correct(circular, resend, ask_again=ask_again)
            case "pull", (home,):
                await self.phones[READERS[home]].pull()
            case "days", (count,):
                self.here.clock.pass_(days=count)
                await self.here.work()
            case "withdraw", _:
                circular.out = False
                answer = await story.act(self.phones[PRESIDENT], circular.id, "withdraw")
                assert answer.status_code == 200, answer.text

    async def _at(self, circular: Circular, home: str, deed: str, visitor: Phone) -> None:
        standing = [each for each in circular.visits if each[1] == home and each[3].holds]
        match deed:
            case "stamp":
                await self._stamp(circular, self.phones[READERS[home]], home)
            case "take back first" if standing:
                await self._take_back(circular, *standing[0])
            case "take back last" if standing:
                await self._take_back(circular, *standing[-1])
            case "told" | "paper" | "not-home":
                await self._visit(circular, visitor, home, deed)
        self.here.clock.pass_(seconds=1)
        await look(self, circular)

    async def _push(self, phone: Phone, circular: Circular) -> bool:
        [result] = await phone.push()
        assert result["status"] == ("ok" if circular.out else "rejected"), result
        return circular.out

    async def _stamp(self, circular: Circular, phone: Phone, home: str) -> None:
        phone.stamp(circular.id, self.here.households[home], circular.round)
        if await self._push(phone, circular):
            circular.proofs[home].append(Proof(circular.round, "app"))

    async def _visit(self, circular: Circular, phone: Phone, home: str, kind: str) -> None:
        id = phone.visit(circular.id, self.here.households[home], kind)
        if await self._push(phone, circular):
            proof = Proof(circular.round, kind)
            circular.proofs[home].append(proof)
            circular.visits.append((phone, home, id, proof))

    async def _take_back(self, circular: Circular, phone: Phone, home: str, id: str, proof: Proof) -> None:
        phone.take_back(id)
        proof.holds = not await self._push(phone, circular)

    async def _change(self, home: str, what: dict[str, Any]) -> None:
        path = f"/api/v1/households/{self.here.households[home]}"
        answer = await self.phones[PRESIDENT].http.patch(path, json=what)
        assert answer.status_code == 200, answer.text

    async def _join(self, block: str) -> None:
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
    president = stage.phones[PRESIDENT]
    ledger = await story.reach(president, circular.id)
    assert ledger["households"] == len(circular.blocks), "the denominator is that of publication, for ever"
    for line in ledger["blocks"]:
        theirs = [row for row in ledger["rows"] if row["block"] == line["block"]]
        assert line["households"] == sum(block == line["name"] for block in circular.blocks.values())
        assert line["grades"] == {grade: sum(row["grade"] == grade for row in theirs) for grade in GRADES}
        assert sum(line["hows"].values()) == line["grades"]["stamped"]
    assert sum(ledger["hows"].values()) == ledger["grades"]["stamped"]
    proved = {row["name"]: row["how"] for row in ledger["rows"]}
    assert proved == {home: circular.how(home) for home in circular.blocks}
    answer = await president.http.get(f"/api/v1/notices/{circular.id}/walking-list")
    walked = [door["household"] for block in answer.json()["blocks"] for door in block["doors"]]
    assert walked == [row["household"] for row in ledger["rows"] if row["grade"] != "stamped"]
    for name, block in ((LEADER_1, "一班"), (LEADER_2, "二班")):
        if theirs := [line for line in ledger["blocks"] if line["name"] == block]:
            part = await story.reach(stage.phones[name], circular.id)
            assert part["blocks"] == theirs, "a leader's ledger is a part of the whole"


@pytest.fixture
async def stage(database_url: str, tmp_path: Path) -> AsyncIterator[Stage]:
    async with town(database_url, tmp_path) as here:
        names = (PRESIDENT, OFFICER_2, LEADER_1, LEADER_2, RESIDENT)
        yield Stage(here, {name: await here.phone(name) for name in names})


@settings(
    deadline=None,
    derandomize=True,
    database=None,
    max_examples=12,
    # A shorter history would begin in another town: what an earlier one did stays.
    phases=(Phase.generate,),
    suppress_health_check=list(HealthCheck),
)
@given(acts=st.lists(st.one_of(DOOR, TOWN), min_size=2, max_size=8))
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
