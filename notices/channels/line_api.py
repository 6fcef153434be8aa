"""The Messaging API through line-bot-sdk: what it raises and returns becomes an Answer here.

The SDK takes 1.6 s of CPU and 70 MB to import (it loads some 400 models), so it is loaded with the first call, in a
thread: a house without LINE never pays for it, and one with LINE does not wait for it at the start.
"""

import asyncio
from collections.abc import Awaitable, Sequence
from importlib import import_module
from typing import Any, Final

import aiohttp

from notices.channels.line_answers import Answer, Quota

HOST: Final = "https://api.line.me"
_SAID: Final = 4096


class LineApi:
    """`token`: the channel's access token; `seconds`: for one call, to the end of its answer."""

    def __init__(self, token: str, host: str = HOST, seconds: float = 10.0) -> None:
        self._token, self._host = token, host.rstrip("/")
        self._timeout = aiohttp.ClientTimeout(total=seconds)
        self._opening = asyncio.Lock()
        self._sdk: Any = None
        self._api: Any = None

    async def send(self, users: Sequence[str], text: str, key: str) -> Answer:
        """One call for at most line_answers.MOST_AT_ONCE different users. `key`: a UUID, the same for the same call."""
        api = await self._opened()
        messages = [self._sdk.TextMessage(text=text)]
        if len(users) == 1:
            request = self._sdk.PushMessageRequest(to=users[0], messages=messages)
            return await self._answer(api.push_message_with_http_info(request, key, **self._patience()))
        request = self._sdk.MulticastRequest(to=list(users), messages=messages)
        return await self._answer(api.multicast_with_http_info(request, key, **self._patience()))

    async def reply(self, token: str, text: str) -> Answer:
        """To what somebody has just written to us; it is not counted. A token is good once, for a minute."""
        api = await self._opened()
        messages = [self._sdk.TextMessage(text=text)]
        request = self._sdk.ReplyMessageRequest(reply_token=token, messages=messages)
        return await self._answer(api.reply_message_with_http_info(request, **self._patience()))

    async def quota(self) -> Quota | Answer:
        """Messages of this month; the answer where it was not the one hoped for."""
        api = await self._opened()
        limit = await self._answer(api.get_message_quota_with_http_info(**self._patience()))
        used = await self._answer(api.get_message_quota_consumption_with_http_info(**self._patience()))
        for answer in (limit, used):
            if answer.status != 200:
                return answer
        return _quota(self._sdk, limit.said, used.said)

    async def test_webhook(self) -> Answer:
        """Lets LINE call our webhook, with no events in it. At most 60 times an hour."""
        api = await self._opened()
        request = self._sdk.TestWebhookEndpointRequest()
        return await self._answer(api.test_webhook_endpoint_with_http_info(request, **self._patience()))

    async def close(self) -> None:
        api, self._api = self._api, None
        if api is not None:
            await api.api_client.close()

    def _patience(self) -> dict[str, Any]:
        return {"_request_timeout": self._timeout}

    async def _opened(self) -> Any:
        async with self._opening:
            if self._api is None:
                self._sdk = self._sdk or await asyncio.to_thread(import_module, "linebot.v3.messaging")
                configuration = self._sdk.Configuration(access_token=self._token, host=self._host)
                self._api = self._sdk.AsyncMessagingApi(self._sdk.AsyncApiClient(configuration))
        return self._api

    async def _answer(self, call: Awaitable[Any]) -> Answer:
        try:
            answer = await call
        except self._sdk.ApiException as error:
            said = error.body if isinstance(error.body, str) else ""
            return Answer(error.status, said[:_SAID], (error.headers or {}).get("Retry-After"))
        except aiohttp.ClientConnectorError:
            return Answer(None, "unreachable", arrived=False)
        except TimeoutError:
            return Answer(None, "silent")
        except (aiohttp.ClientError, OSError, ValueError):  # also an answer that is not what the SDK expects
            return Answer(None, "trouble")
        return Answer(answer.status_code, str(answer.raw_data)[:_SAID])


def _quota(sdk: Any, limit: str, used: str) -> Quota:
    allowed = sdk.MessageQuotaResponse.from_json(limit)
    limited = str(getattr(allowed.type, "value", allowed.type)) == "limited"
    consumption = sdk.QuotaConsumptionResponse.from_json(used)
    return Quota(limit=allowed.value if limited else None, used=consumption.total_usage)
