"""`kairan doctor`: everything an operator can get wrong, a sentence each, with what to do about it.

It changes nothing and sends nothing. A check that itself fails is a finding, never the end of the others.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Final

from server.db import Database, DatabaseMissing
from server.doctor import Finding, Patient, fail, ok
from server.doctor.attachments import attached, files
from server.doctor.bounces import bounces
from server.doctor.canary import canary
from server.doctor.database import database, disk
from server.doctor.lanes import lanes
from server.doctor.line import line
from server.doctor.machine import clock, key_file, origin
from server.doctor.post import mail, mail_signature, push
from server.doctor.replica import replica
from server.doctor.town import audit_chain, backups, cities, gateways, messages, seats
from server.keeping.lock import Locked
from server.keys import KeysMissing
from server.processes import ready
from server.settings import Settings, WrongSetting, load

ALONE: Final = (key_file, origin, disk, files, mail, mail_signature, bounces, push, line)
"""Checks that need no database."""
INSIDE: Final = (
    clock,
    replica,
    attached,
    cities,
    seats,
    messages,
    lanes,
    canary,
    gateways,
    backups,
    audit_chain,
)


async def examine(settings: Settings, schema: Finding) -> AsyncIterator[Finding]:
    """`schema`: what `database()` found, outside the event loop."""
    yield schema
    patient = Patient(settings)
    for check in ALONE:
        async for finding in _safely(check, patient):
            yield finding
    if schema.level == "fail":
        return
    try:
        keys = ready.kept_keys(settings)
    except (KeysMissing, ready.NotReady):
        return
    patient.db = Database(settings.database_url, keys.vault)
    try:
        for check in INSIDE:
            async for finding in _safely(check, patient):
                yield finding
    finally:
        await patient.db.close()


async def _safely(
    check: Callable[[Patient], Awaitable[Sequence[Finding]]], patient: Patient
) -> AsyncIterator[Finding]:
    name = check.__name__.replace("_", " ")
    try:
        findings = await check(patient)
    except Exception as error:
        findings = [
            fail(name, f"This could not be checked ({type(error).__name__}).", "Mend the rest first.")
        ]
    for finding in findings:
        yield finding


def first_findings() -> tuple[Settings | None, list[Finding]]:
    """Settings and database, which the rest stands on. Not to be called inside an event loop."""
    try:
        settings = load()
    except WrongSetting as wrong:
        return None, [fail("settings", str(wrong), "Correct it in the environment or in kairan.toml.")]
    return settings, [ok("settings", "The settings can be read.")]


def schema(settings: Settings) -> Finding:
    try:
        return database(settings)
    except (ready.NotReady, DatabaseMissing, Locked) as error:
        said, _, remedy = str(error).partition(". ")
        return fail("database", f"{said}.", remedy or "Look at KAIRAN_DATABASE_URL.")
