"""Whether mail that comes back would be noticed. The listener is greeted and left; nothing is sent to it."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from server.doctor import Finding, Patient, fail, ok, warn
from server.settings import listen_at

_WAIT: Final = 5.0


async def bounces(patient: Patient) -> Sequence[Finding]:
    settings = patient.settings
    domain, listen, secret = settings.bounce_domain, settings.bounce_listen, settings.bounce_secret
    if not settings.smtp_url:
        return []
    if not (domain or secret):
        said = "Mail that comes back is not noticed: a dead address looks like one that was reached."
        remedy = "Set KAIRAN_BOUNCE_DOMAIN, and KAIRAN_BOUNCE_LISTEN or KAIRAN_BOUNCE_SECRET."
        return [warn("bounces", said, remedy)]
    if not (listen or secret):
        said = f"Mail has senders under {domain}, but nothing takes what comes back to them."
        return [fail("bounces", said, "Set KAIRAN_BOUNCE_LISTEN or KAIRAN_BOUNCE_SECRET.")]
    if listen and not await _greets(listen):
        said = f"Nobody takes mail that comes back at {listen}."
        return [warn("bounces", said, "Start `kairan serve`, or `kairan work`; then look again.")]
    ways = " and ".join(way for way, there in (("the listener", listen), ("the webhook", secret)) if there)
    return [ok("bounces", f"Mail that comes back is taken by {ways}.")]


async def _greets(listen: str) -> bool:
    where = listen_at(listen)
    opening = (
        asyncio.open_unix_connection(where) if isinstance(where, Path) else asyncio.open_connection(*where)
    )
    try:
        async with asyncio.timeout(_WAIT):
            reader, writer = await opening
            greeting = await reader.readline()
            writer.write(b"QUIT\r\n")
            writer.close()
            await writer.wait_closed()
    except (OSError, TimeoutError):
        return False
    return greeting.startswith(b"220")
