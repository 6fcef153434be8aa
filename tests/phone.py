"""The phone of `kairan demo --once` in the hands of a test: inside the process, without a socket."""

from collections.abc import Mapping
from typing import Any

import httpx

from server.demo import phone
from server.demo.phone import Answer
from server.demo.phone import NoSignal as NoSignal


class Phone(phone.Phone):
    """`http` may be used beside it for whatever is no sync; it carries the phone's token after `enrol`."""

    def __init__(self, http: httpx.AsyncClient, name: str) -> None:
        super().__init__(name)
        self.http = http

    def sign_in(self, token: str) -> None:
        self.http.headers["Authorization"] = f"Bearer {token}"

    async def send(
        self, method: str, path: str, json: Any = None, params: Mapping[str, str] | None = None
    ) -> Answer:
        answer = await self.http.request(method, path, json=json, params=params)
        return Answer(answer.status_code, answer.content)
