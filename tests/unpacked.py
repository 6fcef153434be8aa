"""A program of Debian's that nobody has to install: `scripts/unpacked` as a process of ours."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

_COMMAND = Path(__file__).resolve().parents[1] / "scripts" / "unpacked"


@asynccontextmanager
async def running(package: str, program: str, *arguments: str, port: int) -> AsyncIterator[int]:
    """From its first answer at `port` of this machine until the end of the block. Its process id."""
    started = await asyncio.create_subprocess_exec(
        str(_COMMAND), package, program, *arguments, stderr=asyncio.subprocess.PIPE
    )
    try:
        await _answers(port, started)
        yield started.pid
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
    raise RuntimeError(f"it did not start: {said.decode()}")
