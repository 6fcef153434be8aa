"""What must not hold up others: 100,000 mails that wait before an emergency; a mail domain that says nothing."""

from __future__ import annotations

import asyncio
from datetime import datetime
from statistics import median

from aiosmtpd.smtp import SMTP, Envelope, Session

from server.house import utc_now
from server.sinks.mail import MailSink
from tests import smtp_sink
from tests.bench.fanout import judged
from tests.bench.fanout.office import office
from tests.bench.fanout.scene import DOMAINS, Scene, everybody, mailbox, p95, phones, scene
from tests.bench.fanout.service import service
from tests.bench.sync import Row, no_more, told
from tests.bench.sync.lab import Lab

SENDER = "kairan@example.jp"
BLOCKS = 20
"""To which the emergency goes: some 600 people, by push and by mail."""
HANGING = "lane0.example.jp"
LOOK = 0.5
"""Seconds: to count what waits of 100,000 takes a core, and how late each was stands in its row."""


async def rows(lab: Lab) -> list[Row]:
    return judged([*await _emergency(lab), *await _hanging(lab)], big=lab.big)


async def _emergency(lab: Lab) -> list[Row]:
    people = 100_000 if lab.big else 2_000
    async with service(lab.folder, sample=10) as sink, smtp_sink.sink() as port:
        settings = {
            "smtp_url": f"smtp+plain://127.0.0.1:{port}",
            "mail_from": SENDER,
            "push_hosts": sink.origin,
        }
        async with (
            scene(lab, "sqlite", people, everybody(phones(sink), mailbox)) as here,
            office(here.url, here.folder, authorities=str(sink.authorities), **settings) as worker,
        ):
            await here.only("mail")
            await here.publish()
            await here.plan_all()
            await here.switch_on("push")
            blocks = await here.blocks(BLOCKS)
            await worker.ask("work")
            while (await here.outcomes()).get("sent", 0) < people // 100:  # noqa: ASYNC110 - another process writes
                await asyncio.sleep(LOOK)
            pressed = utc_now()
            notice = await worker.ask("press", **here.speaker, urgency="emergency", blocks=blocks)
            late, waiting = await _overtakes(here, notice, pressed)
            await worker.ask("rest")
    name = f"an emergency behind {people:,} queued mails"
    return [
        no_more(f"{name}: p95 of its {len(late['push']):,} pushes", p95(late["push"]), "s", 15),
        no_more(f"{name}: its last push", late["push"][-1], "s", 15),
        no_more(f"{name}: p95 of its {len(late['mail']):,} mails", p95(late["mail"]), "s", 15),
        told("… mails that still waited when it was through", waiting, "mails"),
    ]


async def _overtakes(here: Scene, notice: str, pressed: datetime) -> tuple[dict[str, list[float]], int]:
    """How late its messages were, and how many others waited when the last was settled."""
    while await here.waiting("emergency"):  # noqa: ASYNC110 - another process writes
        await asyncio.sleep(LOOK)
    return await here.late(notice, pressed), await here.waiting("ordinary")


async def _hanging(lab: Lab) -> list[Row]:
    people, rounds = (4_000, 3) if lab.big else (400, 1)
    took: dict[bool, list[float]] = {False: [], True: []}
    sinks = {hangs: _Sink(hangs=hangs) for hangs in took}
    for each in sinks.values():
        await each.start()
    async with scene(lab, "sqlite", people, everybody(mailbox)) as here:
        notice = await here.publish()
        await here.plan_all()
        for _ in range(rounds):
            for hangs, each in sinks.items():
                await here.again()
                async with office(here.url, here.folder, smtp_url=each.url, mail_from=SENDER) as worker:
                    began = utc_now()
                    await worker.ask("work")
                    while await here.waiting("ordinary", but=HANGING):  # noqa: ASYNC110 - another process writes
                        await asyncio.sleep(LOOK)
                    took[hangs].append(p95((await here.late(notice, began, but=HANGING))["mail"]))
                    worker.kill()
    for each in sinks.values():
        await each.close()
    calm, beside = median(took[False]), median(took[True])
    name = f"one of {DOMAINS} mail domains hangs: the others' p95, beside a day when none does"
    return [no_more(name, 100 * (beside / calm - 1), "% later", 20)]


class _Sink(MailSink):
    """For one domain RCPT is never answered; what is kept is thrown away."""

    def __init__(self, *, hangs: bool) -> None:
        super().__init__()
        self._hangs = hangs

    async def handle_RCPT(
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if self._hangs and address.endswith(HANGING):
            await asyncio.sleep(3600)
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 ok"
