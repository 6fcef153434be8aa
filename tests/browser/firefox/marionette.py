"""Drives a running Firefox by its own protocol, without a driver between: `length:[0, id, command, parameters]` over a
socket, answered by `length:[1, id, error, result]`. Source: remote/marionette/transport.js and driver.js of Firefox."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count
from typing import Any, Literal

_LARGEST = 16 * 1024 * 1024
_ELEMENT = "element-6066-11e4-a52e-4f735466cecf"  # WebDriver §11: how an element travels

Context = Literal["content", "chrome"]
"""The page, or the browser around it."""


class Failed(Exception):
    """What Firefox could not do; `kind` is WebDriver's word for it (§6.6)."""

    def __init__(self, error: dict[str, str]) -> None:
        super().__init__(f"{error['error']}: {error['message']}")
        self.kind = error["error"]


class Marionette:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, patience_ms: int) -> None:
        self._reader, self._writer = reader, writer
        self._patience = patience_ms / 1000 * 2
        self._ids = count(1)

    async def call(self, command: str, **parameters: Any) -> Any:
        """Raises Failed."""
        line = json.dumps([0, next(self._ids), command, parameters]).encode()
        self._writer.write(b"%d:%b" % (len(line), line))
        _, _, error, result = await self.read()
        if error is not None:
            raise Failed(error)
        return result

    async def read(self) -> Any:
        """Raises TimeoutError where Firefox itself does not say that it took too long."""
        async with asyncio.timeout(self._patience):
            size = int((await self._reader.readuntil(b":"))[:-1])
            return json.loads(await self._reader.readexactly(size))

    async def run(self, script: str, *arguments: Any, context: Context = "content") -> Any:
        """What the body of an async function of `arguments` returns."""
        whole = f"return (async function () {{ {script} }}).apply(null, arguments)"
        await self.call("Marionette:SetContext", value=context)
        answer = await self.call("WebDriver:ExecuteScript", script=whole, args=arguments)
        return answer["value"]

    async def click(self, xpath: str) -> None:
        """Waits for the element, and presses where it is, as a finger does."""
        await self.call("WebDriver:ElementClick", id=await self.find(xpath))

    async def type(self, xpath: str, text: str) -> None:
        await self.call("WebDriver:ElementSendKeys", id=await self.find(xpath), text=text)

    async def tabs(self) -> list[str]:
        """Their handles, the newest last."""
        await self.call("Marionette:SetContext", value="content")
        return list(await self.call("WebDriver:GetWindowHandles"))

    async def find(self, xpath: str) -> str:
        await self.call("Marionette:SetContext", value="content")
        found = await self.call("WebDriver:FindElement", using="xpath", value=xpath)
        return str(found["value"][_ELEMENT])


@asynccontextmanager
async def session(port: int, patience_ms: int) -> AsyncIterator[Marionette]:
    """With `patience_ms` for an element to come, a page to load and a script to end."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=_LARGEST)
    try:
        driver = Marionette(reader, writer, patience_ms)
        await driver.read()  # who is there
        await driver.call("WebDriver:NewSession")
        await driver.call(
            "WebDriver:SetTimeouts", implicit=patience_ms, pageLoad=patience_ms, script=patience_ms
        )
        yield driver
    finally:
        writer.close()
