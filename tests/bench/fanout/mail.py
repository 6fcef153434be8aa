"""Mail beside nodemailer and aiosmtplib, to Postfix's smtp-sink: `python -m tests.bench.fanout --only=mail`.

One letter of 6 kB for everybody, another tail for each. Ours is the channel as the worker calls it, in batches of
several lanes, over eight connections like nodemailer's; its ledger is kept in memory here. Before anything is measured
each sender writes to a sink that parses, so that all do the same work. Rounds are interleaved; medians are told.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import time
from collections.abc import Awaitable, Callable, Collection, Sequence
from email.message import EmailMessage
from email.utils import formataddr
from pathlib import Path

import aiosmtplib

from notices.channels import Mail, MailAddress
from notices.channels.dkim import Signer
from notices.channels.mail import MailChannel
from notices.channels.smtp_pool import Bounds
from notices.channels.smtp_url import relay_of
from notices.outcomes import Outcome, Sent
from notices.wording.render import MailBody, mail_of
from server.sinks.mail import MailSink
from tests.bench.fanout import npm
from tests.bench.sync import Row, at_least, told
from tests.bench.sync.lab import Lab
from tests.notices.letters import NOW, ORIGIN, letter
from tests.notices.signing import KEY
from tests.smtp_sink import sink

SENDER = "kairan@example.jp"
BATCH = 64
LANES = 4
ROUNDS = 5
SAMPLE = 8

Sender = Callable[[int, int], Awaitable[float]]
"""Sends so many mails to that port; the seconds it took."""


async def rows(lab: Lab) -> list[Row]:
    few = 1 if lab.big else 4
    peer = await nodemailer(lab.folder)
    await _same_work({"ours": ours, "nodemailer": peer, "aiosmtplib": aiosmtplib_as_documented})
    async with sink() as grouped, sink("-p") as plain:
        rates = await _interleaved(
            {
                "pipelined": (ours, grouped, 8_000 // few),
                "plain": (ours, plain, 3_000 // few),
                "signed": (signed, grouped, 1_000 // few),
                "nodemailer": (peer, grouped, 1_500 // few),
                "aiosmtplib": (aiosmtplib_as_documented, grouped, 200 // few),
            }
        )
    theirs = rates["nodemailer"]
    return [
        at_least("mail, PIPELINING / nodemailer, pool of 8", rates["pipelined"], theirs, "/s", 7),
        at_least("mail, without PIPELINING / nodemailer", rates["plain"], theirs, "/s", 2.5),
        told("mail, PIPELINING / aiosmtplib.send() each", rates["pipelined"], "/s", rates["aiosmtplib"]),
        told("mail, PIPELINING, signed with DKIM / nodemailer, unsigned", rates["signed"], "/s", theirs),
    ]


async def _interleaved(entries: dict[str, tuple[Sender, int, int]]) -> dict[str, float]:
    found: dict[str, list[float]] = {name: [] for name in entries}
    for send, port, _ in entries.values():
        await send(port, 100)
    for _ in range(ROUNDS):
        for name, (send, port, count) in entries.items():
            found[name].append(count / await send(port, count))
    return {name: statistics.median(rates) for name, rates in found.items()}


async def ours(port: int, count: int) -> float:
    return await _through(port, count, None)


async def signed(port: int, count: int) -> float:
    return await _through(port, count, Signer(KEY, "kairan", "example.jp"))


async def _through(port: int, count: int, signer: Signer | None) -> float:
    body = mail_of(letter(body=_text()), origin=ORIGIN, sender=SENDER)
    mails = [_mail(body, number) for number in range(count)]
    channel = MailChannel(
        relay_of(f"smtp+plain://127.0.0.1:{port}"),
        sender=SENDER,
        helo="kairan.example.jp",
        now=lambda: NOW,
        bounds=Bounds(in_all=8, reserve=0, lane_reserve=0),
        signer=signer,
    )
    began = time.perf_counter()
    # A task a lane, a batch at a time, as the worker does it.
    await asyncio.gather(*(_lane(channel, mails[lane::LANES]) for lane in range(LANES)))
    took = time.perf_counter() - began
    await channel.close()
    return took


async def _lane(channel: MailChannel, mails: Sequence[Mail]) -> None:
    done = 0

    async def settle(answers: Sequence[tuple[str, Outcome]]) -> None:
        nonlocal done
        assert all(isinstance(outcome, Sent) for _, outcome in answers), answers
        done += len(answers)

    async def crossing(ids: Sequence[str]) -> Collection[str]:
        return ids

    for start in range(0, len(mails), BATCH):
        await channel.send(mails[start : start + BATCH], settle=settle, crossing=crossing)
    assert done == len(mails)


def _mail(body: MailBody, number: int) -> Mail:
    address = MailAddress(f"person{number}@example.jp")
    return Mail(f"message-{number}", f"lane-{number % LANES}", address, body, f"{ORIGIN}/u/token-{number}")


def _text() -> str:
    return "**10時**に集会所へ。\n\n- ほうき\n- 軍手\n\n" + "雨の日は、次の日曜日に行います。" * 20


async def aiosmtplib_as_documented(port: int, count: int) -> float:
    said = _letter()
    began = time.perf_counter()
    for number in range(count):
        message = EmailMessage()
        message["From"] = formataddr((said["association"], SENDER))
        message["To"] = f"person{number}@example.jp"
        message["Subject"] = said["subject"]
        message["Message-ID"] = f"<message-{number}@kairan.example.jp>"
        message["List-Unsubscribe"] = f"<{said['unsubscribe']}{number}>"
        link = f"{said['unsubscribe']}{number}"
        message.set_content(said["text"].replace("{unsubscribe}", link))
        message.add_alternative(said["html"].replace("{unsubscribe}", link), subtype="html")
        await aiosmtplib.send(message, hostname="127.0.0.1", port=port, start_tls=False)
    return time.perf_counter() - began


def _letter() -> dict[str, str]:
    """What the peers are given: the words of our own mail, so that all send the same."""
    sink = MailSink()
    body = mail_of(letter(body=_text()), origin=ORIGIN, sender=SENDER)
    sink.keep(SENDER, (SENDER,), body.to(SENDER, "letter", NOW, "https://unsubscribe.invalid/"))
    [kept] = sink.messages()
    parts = {
        kind: kept.body(kind).replace("https://unsubscribe.invalid/", "{unsubscribe}")
        for kind in ("plain", "html")
    }
    return {
        "association": letter().association,
        "sender": SENDER,
        "subject": str(kept.parsed["Subject"]),
        "list": "kairan.example.jp",
        "unsubscribe": f"{ORIGIN}/u/token-",
        "text": parts["plain"],
        "html": parts["html"],
    }


async def nodemailer(folder: Path) -> Sender:
    home = await npm.installed(folder)
    (home / "letter.json").write_text(json.dumps(_letter(), ensure_ascii=False))

    async def send(port: int, count: int) -> float:
        return await npm.run(home, "nodemailer.js", port, count)

    return send


async def _same_work(senders: dict[str, Sender]) -> None:
    """Each writes a few to a sink that parses them; what a reader sees is the same for all."""
    wanted = _letter()
    for name, send in senders.items():
        sink = MailSink()
        await sink.start()
        await send(sink.port, SAMPLE)
        for kept in sink.messages()[-SAMPLE:]:
            number = kept.recipients[0].partition("@")[0].removeprefix("person")
            link = f"{wanted['unsubscribe']}{number}"
            for kind, part in (("plain", "text"), ("html", "html")):
                seen = kept.body(kind).split()
                assert seen == wanted[part].replace("{unsubscribe}", link).split(), f"{name}: {kind}"
            assert kept.parsed["Subject"] == wanted["subject"], name
        await sink.close()
