"""Postfix's smtp-sink as a process: a mail server that is not of our making, and answers as it is told to."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tests.bench.sync.lab import free_port

_COMMAND = Path(__file__).resolve().parents[1] / "scripts" / "smtp-sink"


@asynccontextmanager
async def sink(*options: str) -> AsyncIterator[int]:
    """Its port. `-p`: without PIPELINING; `-r rcpt`, `-f rcpt`: soft or hard refusal there; `-q rcpt`: it hangs up."""
    port = free_port()
    started = await asyncio.create_subprocess_exec(
        str(_COMMAND), *options, f"127.0.0.1:{port}", "100", stderr=asyncio.subprocess.PIPE
    )
    try:
        await _answers(port, started)
        yield port
    finally:
        if started.returncode is None:
            started.terminate()
        await started.wait()


async def _answers(port: int, started: asyncio.subprocess.Process) -> None:
    deadline = time.monotonic() + 120  # it may be fetched first
    while time.monotonic() < deadline and started.returncode is None:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(0.05)
        else:
            writer.close()
            return
    said = await started.stderr.read() if started.stderr and started.returncode is not None else b"no answer"
    raise RuntimeError(f"smtp-sink: {said.decode()}")
