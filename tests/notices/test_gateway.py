"""Calls to gateways: where they may go, and what an answer means."""

import time
from collections.abc import AsyncIterator

import pytest
from aiohttp import web

from notices.channels.gateway import GatewayCaller
from notices.channels.gateway_hosts import GatewayHosts
from notices.outcomes import Later, Outcome, Refused, Sent
from notices.town.address_errors import GatewayRefused
from tests.gateway import Machine, dripping
from tests.notices.test_webpush import leads_to


@pytest.fixture
async def machine() -> AsyncIterator[Machine]:
    machine = Machine()
    await machine.start()
    yield machine
    await machine.close()


async def called(hosts: GatewayHosts, url: str, seconds: float = 1.0) -> Outcome:
    caller = GatewayCaller(hosts, seconds=seconds)
    try:
        return await caller.call(url, b"{}", {})
    finally:
        await caller.close()


INSIDE = [
    "http://gateway.example.jp/",
    "https://gateway.example.jp:8443/",
    "https://user:word@gateway.example.jp/",
    "https://127.0.0.1/",
    "https://10.0.0.1/",
    "https://8.8.8.8/",
    "https://[::1]/",
    "https://[::ffff:10.0.0.1]/",
    "ftp://gateway.example.jp/",
    "https:///x",
    "https://gateway.example.jp\\@127.0.0.1/",
    "https://gateway.example.jp/#x",
    "https://ｅｘａｍｐｌｅ.jp/",
    "javascript:alert(1)",
    "",
]


@pytest.mark.parametrize("url", INSIDE)
async def test_a_gateway_is_https_by_name_on_its_usual_port_and_nothing_else(url: str) -> None:
    hosts = GatewayHosts([])
    with pytest.raises(GatewayRefused):
        hosts.check(url)
    assert await called(hosts, url) == Refused(None, "gateway-refused")


@pytest.mark.parametrize(
    "url", ["https://localhost/", "https://127.1/", "https://0x7f.1/", "https://2130706433/"]
)
async def test_a_name_that_leads_inside_is_refused_when_it_is_called(url: str) -> None:
    assert await called(GatewayHosts([]), url) == Refused(None, "gateway-refused")


@pytest.mark.parametrize("addresses", [("127.0.0.1",), ("142.250.0.1", "10.0.0.7"), ("::ffff:127.0.0.1",)])
async def test_a_name_whose_dns_turns_inside_after_it_was_allowed_is_not_called(
    monkeypatch: pytest.MonkeyPatch, addresses: tuple[str, ...]
) -> None:
    """What is connected to is what was looked at: the name is resolved once for both."""
    url = "https://gateway.example.jp/hook"
    hosts = GatewayHosts([])
    hosts.check(url)
    monkeypatch.setattr("notices.channels.push_hosts.looked_up", leads_to(*addresses))
    assert await called(hosts, url) == Refused(None, "gateway-refused")


@pytest.mark.parametrize("entry", ["gateway.example.jp", "*.example.jp", "http://x/path", "http://"])
def test_what_is_trusted_inside_is_written_as_a_full_origin(entry: str) -> None:
    with pytest.raises(ValueError, match="KAIRAN_GATEWAY_HOSTS"):
        GatewayHosts([entry])


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (200, Sent(200)),
        (204, Sent(204)),
        (302, Later(302, "gateway-redirected")),
        (307, Later(307, "gateway-redirected")),
        (400, Later(400, "gateway-trouble")),
        (404, Later(404, "gateway-trouble")),
        (410, Later(410, "gateway-trouble")),
        (500, Later(500, "gateway-trouble")),
    ],
)
async def test_each_answer_has_its_outcome_and_no_redirect_is_followed(
    machine: Machine, status: int, expected: Outcome
) -> None:
    async def answer(_request: web.Request) -> web.StreamResponse:
        return web.Response(status=status, headers={"Location": f"{machine.origin}/elsewhere"})

    machine.instead = answer
    assert await called(GatewayHosts([machine.origin]), f"{machine.origin}/x") == expected
    assert machine.asked == 1


async def test_a_trusted_origin_is_that_origin_alone(machine: Machine) -> None:
    hosts = GatewayHosts([machine.origin])
    other = machine.origin.rpartition(":")[0] + ":1/"
    assert await called(hosts, other) == Refused(None, "gateway-refused")


async def test_a_slow_answer_ends_in_time(machine: Machine) -> None:
    machine.instead = dripping
    began = time.monotonic()
    found = await called(GatewayHosts([machine.origin]), f"{machine.origin}/x", seconds=0.5)
    assert found in (Later(None, "gateway-silent"), Sent(200))
    assert time.monotonic() - began < 5


async def test_an_answer_of_a_gigabyte_is_no_answer(machine: Machine) -> None:
    async def huge(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        for _ in range(1 << 14):
            await response.write(b"x" * 65536)
        return response

    machine.instead = huge
    found = await called(GatewayHosts([machine.origin]), f"{machine.origin}/x", seconds=5)
    assert found == Later(200, "gateway-trouble")


async def test_nobody_there_is_later(machine: Machine) -> None:
    await machine.close()
    expected = Later(None, "gateway-unreachable")
    assert await called(GatewayHosts([machine.origin]), f"{machine.origin}/x") == expected
