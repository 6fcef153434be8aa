"""The main job, step by step, as phones and people do it; each step with its time and its bytes."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random
from typing import Any, Final

import aiohttp

from notices.enrolment import tickets
from notices.tokyo import today
from server.demo import evidence, settling
from server.demo.cast import Cast, cast, give_phones, person
from server.demo.evidence import Door, Home
from server.demo.phone import NoSignal, Phone, SocketPhone
from server.demo.report import Report, Step, counted, drawn_up
from server.demo.running import TENANT, Sinks
from server.demo.town import CITY, CONTACT, Association, Town
from server.demo.verdict import Case, Check
from server.house import House

TITLE: Final = "秋の清掃と側溝の点検について"
WORDS: Final = "日曜日の午前8時に、中央公園へお集まりください。"
BODY: Final = f"{WORDS}\n\n- 持ち物: 軍手\n- 雨のときは次の週に延ばします"
LOOK: Final = 0.1
"""Seconds between two looks at what is not there yet."""
PATIENCE: Final = 30.0
PATIENCE_EACH: Final = 0.05
"""Seconds for the whole, and for each household, before what is missing is called missing."""


@dataclass
class Job:
    """`house` is being served; `sinks` are where its messages end. One run each."""

    house: House
    sinks: Sinks
    plan: Association
    say: Callable[[str], None]
    steps: list[Step] = field(default_factory=list)
    phones: dict[Door, dict[str, str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.homes = evidence.homes(self.plan.roster)
        random = Random(len(self.homes))  # noqa: S311 - a story, no secret
        self.cast = cast(self.homes, self.house.clock(), random)

    async def run(self) -> Report:
        """Everything over HTTP. Raises NoSignal, Refusal, TimeoutError where it cannot go on."""
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=120)) as self.http:
            await self._enrol()
            notice = await self._publish()
            await self._deliver(notice)
            for_judges = await self._read_sinks(notice)
            await self._travel(notice)
            await self._visit(notice)
            return await self._judge(notice, *for_judges)

    @asynccontextmanager
    async def step(self, name: str, *phones: Phone) -> AsyncIterator[Step]:
        self.say(name)
        step, began = Step(name), time.monotonic()
        before = sum(phone.bytes_received for phone in phones)
        yield step
        step.seconds = round(time.monotonic() - began, 3)
        step.bytes += sum(phone.bytes_received for phone in phones) - before
        self.steps.append(step)

    async def settle(self) -> None:
        """City, association, roster; and phones for most. Before the doors open: an import holds the writer."""
        async with self.step("roster imported") as step:
            town = Town(CITY, CONTACT, [self.plan])
            (self.association,) = await settling.settle(self.house, town, lambda *_: None)
            step.bytes = len(self.plan.roster)
            step.said = f"{self.plan.households} households"
        async with self.step("phones enrolled") as step:
            owners = self.cast.owners
            self.phones = await give_phones(self.house, self.sinks.push, self.association, owners)
            step.said = f"{len(owners)} phones, with their push subscriptions"

    async def _enrol(self) -> None:
        """The president by the ticket that `kairan init` prints; the others by the slips she hands out."""
        who: Cast = self.cast
        self.president = SocketPhone(self.http, self.house.settings.origin, "会長のスマートフォン")
        async with self.step("five phones let in by slips", self.president) as step:
            await self._let_in(self.president, who.president, await self._first_ticket())
            guests = [who.leader, *who.travellers]
            codes = await self._slips(guests)
            self.leader, *self.travellers = [
                SocketPhone(self.http, self.house.settings.origin, home.members[0].name) for home in guests
            ]
            for phone, home, code in zip([self.leader, *self.travellers], guests, codes, strict=True):
                await self._let_in(phone, home, code)
            step.said = "each with its first pull"
        for phone in self.travellers:
            phone.online = False

    async def _first_ticket(self) -> str:
        id = await person(self.house, self.association, self.cast.president.members[0])
        async with self.house.db.write() as session:
            vault, now = self.house.keys.vault, self.house.clock()
            return (await tickets.issue(session, vault, TENANT, [id], "slip", None, now))[0].code

    async def _slips(self, homes: Sequence[Home]) -> list[str]:
        people = await self._call("GET", "people", 200)
        names = {block["id"]: block["name"] for block in people["blocks"]}
        first = {
            (names[home["block"]], home["walk"]): home["people"][0]["id"] for home in people["households"]
        }
        wanted = [first[home.door] for home in homes]
        issued = await self._call("POST", "tickets", 201, {"people": wanted, "kind": "slip"})
        codes = {ticket["person"]: ticket["code"] for ticket in issued["tickets"]}
        return [codes[each] for each in wanted]

    async def _let_in(self, phone: SocketPhone, home: Home, code: str) -> None:
        await phone.enrol(code)
        theirs = self.sinks.push.subscribe(phone.device)
        await phone.call("PUT", "/api/v1/me/push-subscription", 200, theirs.as_json())
        self.phones.setdefault(home.door, {})[phone.device] = home.members[0].number
        await phone.pull()

    async def _publish(self) -> str:
        async with self.step("published by one press", self.president) as step:
            deadline = (today(self.house.clock()) + timedelta(days=10)).isoformat()
            said = {"kind": "circular", "topic": "events", "title": TITLE, "body": BODY}
            said |= {"deadline": deadline}
            notice = await self._call("POST", "notices", 201, said | {"publish": True})
            # Of a large town it is told later.
            if (forecast := notice["forecast"]) is not None:
                step.said = f"{forecast['households']} households"
        id: str = notice["id"]
        return id

    async def _deliver(self, notice: str) -> None:
        """By the worker, which nobody calls: it is only waited for."""
        patience = PATIENCE + PATIENCE_EACH * len(self.homes)
        async with self.step("delivered by the worker") as step:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._finish(notice), patience)
            mail, push = self.sinks.mail, self.sinks.push
            step.said = f"{len(push.received)} pushes, {mail.count} mails"

    async def _finish(self, notice: str) -> None:
        """One block is asked for, as the flag is the whole notice's and the names are many."""
        path, block = f"/api/v1/notices/{notice}/reach", self._block_of(self.leader)
        while not (await self.president.call("GET", path, 200, block=block))["finished"]:  # noqa: ASYNC110 - as phones do
            await asyncio.sleep(LOOK)

    async def _read_sinks(self, notice: str) -> tuple[list[Any], list[Check]]:
        mail, push = self.sinks.mail, self.sinks.push
        async with self.step("pushes decrypted") as step:
            wrong = evidence.wrong_pushes(push.received, TITLE, notice, push.refused)
            step.bytes = sum(len(each.payload) for each in push.received)
            pushes = Check("each push opens, and says what was written", wrong)
        async with self.step("mails read") as step:
            letters = mail.messages()
            wrong = evidence.wrong_mails(letters, TITLE, WORDS)
            step.bytes = sum(len(each.raw) for each in letters)
            mails = Check("each mail says what was written, to one recipient", wrong)
        return letters, [pushes, mails]

    async def _travel(self, notice: str) -> None:
        """Pressed without a signal; then one loses an answer and repeats itself, one sends everything twice."""
        async with self.step("three phones without a signal come back", *self.travellers) as step:
            for phone in self.travellers:
                phone.online = True
                await phone.pull()
                phone.online = False
                phone.stamp(notice, phone.home())
                await _insist_no_signal(phone)
                phone.online = True
            first, second, third = self.travellers
            first.drop_answers = 1
            await _insist_no_signal(first)
            again = list(second.outbox)
            for phone in (first, second, third):
                await phone.push()
            second.outbox = again
            await second.push()
            step.said = "one lost an answer, one pushed twice"

    async def _visit(self, notice: str) -> None:
        """The leader at a door with the paper, without a signal there."""
        async with self.step("a door visited, and seen by the leader", self.leader) as step:
            await asyncio.wait_for(self._seen(notice, 0), PATIENCE)
            door = self.cast.on_paper.door
            record = self._leaders_copy(notice)
            home = next(row for row in record["rows"] if row["walk"] == door[1])
            self.leader.visit(notice, home["household"], "paper")
            await self.leader.push()
            expected = 1 + sum(home.door[0] == door[0] for home in self.cast.travellers)
            with suppress(TimeoutError):
                await asyncio.wait_for(self._seen(notice, expected), PATIENCE)
            step.said = f"{home['name']}, on paper"

    async def _seen(self, notice: str, stamps: int) -> None:
        """The leader's copy is written within a second or two of what it tells."""
        await self.leader.pull()
        while self._leaders_copy(notice)["grades"].get("stamped", -1) < stamps:
            await asyncio.sleep(LOOK)
            await self.leader.pull()

    def _leaders_copy(self, notice: str) -> dict[str, Any]:
        copies = [record for record in self.leader.all("reach") if record["notice"] == notice]
        return copies[0] if copies else {"grades": {}}

    def _block_of(self, phone: Phone) -> str:
        block: str = phone.all("memberships")[0]["homes"][0]["block"]
        return block

    async def _judge(self, notice: str, letters: list[Any], checks: list[Check]) -> Report:
        async with self.step("ledger read", self.president) as step:
            path = f"/api/v1/notices/{notice}"
            ledger = await self.president.call("GET", f"{path}/reach", 200)
            deliveries = await self.president.call("GET", f"{path}/deliveries", 200)
            step.said = ", ".join(f"{count} {grade}" for grade, count in ledger["grades"].items())
        push = self.sinks.push
        case = Case(
            homes=self.homes,
            phones=self.phones,
            copies=evidence.copies(self.sinks.mail.recipients(), push.received),
            mails=letters,
            pushes=push.received,
            ledger=ledger,
            deliveries=deliveries,
            stamped={home.door: "app" for home in self.cast.travellers} | {self.cast.on_paper.door: "paper"},
            fetched={self.cast.leader.door},
            rows=counted(self.house.db.url.database),
            leader_saw=self._leaders_copy(notice),
        )
        return drawn_up(case, checks, self.steps)

    async def _call(self, method: str, what: str, status: int, body: Any = None) -> Any:
        path = f"/api/v1/associations/{self.association}/{what}"
        return await self.president.call(method, path, status, body)


async def _insist_no_signal(phone: Phone) -> None:
    """A push that is lost, there or on the way back."""
    try:
        await phone.push()
    except NoSignal:
        return
    raise AssertionError("the phone was to be without a signal")
