"""Postfix's smtp-sink as a process: a mail server that is not of our making, and answers as it is told to."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tests.bench.sync.lab import free_port
from tests.unpacked import running


@asynccontextmanager
async def sink(*options: str) -> AsyncIterator[int]:
    """Its port. `-p`: without PIPELINING; `-r rcpt`, `-f rcpt`: soft or hard refusal there; `-q rcpt`: it hangs up."""
    port = free_port()
    user = [] if os.getuid() else ["-u", "root"]
    said = [*user, *options, f"127.0.0.1:{port}", "100"]
    async with running("postfix", "usr/sbin/smtp-sink", *said, port=port):
        yield port
