"""kill -9 of a server in the middle of pushes, and two servers that get the same ones: each mutation counts once."""

from __future__ import annotations

import random
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import closing
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from tests.laws.servers import Answer, Down, ToyServer, Wire

PEOPLE = ("山田 花子", "佐藤 一郎")
EACH = 2
"""Phones of one person."""
AT_ONCE = 20
_turn = count()


@dataclass
class Scene:
    servers: list[ToyServer]
    town: dict[str, Any]
    tokens: dict[str, str]
    """Device → token."""

    def tell(self, act: str, **said: Any) -> Any:
        return tell(self.servers[0], act, **said)

    def batch(self, device: str) -> dict[str, Any]:
        """Twenty notes that never were before, in the block where all of these people live."""
        scope = {"kind": "block", "key": self.town["blocks"]["一班"]}
        stem = next(_turn)
        names = [f"{device[-6:]}.{stem}.{n}" for n in range(AT_ONCE)]
        data = {"v": stem, "scope": scope}
        return {
            "mutations": [{"mid": name, "t": "notes", "id": name, "op": "put", "d": data} for name in names]
        }

    def deeds(self) -> dict[str, int]:
        deeds: dict[str, int] = self.tell("state")["deeds"]
        return deeds


def scene(database_url: str, folder: Path, servers: int = 1) -> Scene:
    started = [ToyServer(database_url, folder) for _ in range(servers)]
    town = tell(started[0], "found")
    phones = [tell(started[0], "enrol", person=name) for name in PEOPLE * EACH]
    return Scene(started, town, {phone["device"]: phone["token"] for phone in phones})


def tell(server: ToyServer, act: str, **said: Any) -> Any:
    with closing(Wire(server.url)) as wire:
        answer = wire.ask("POST", f"/toy/{act}", json_body={"tenant": "hana"} | said)
    assert answer.status == 200, answer.content
    return answer.json()


def push(server: ToyServer, token: str, body: dict[str, Any]) -> Answer | None:
    """None where no answer came."""
    with closing(Wire(server.url)) as wire:
        try:
            return wire.ask("POST", "/sync/v1/push", token=token, json_body=body)
        except Down:
            return None


@pytest.mark.slow
def test_a_server_that_is_killed_among_pushes_has_done_each_mutation_once_in_the_end(
    database_url: str, tmp_path: Path
) -> None:
    here = scene(database_url, tmp_path)
    [server] = here.servers
    sent: set[str] = set()
    lost = 0
    for moment in (0.0, 0.01, 0.03, 0.08):
        batches = {device: [here.batch(device) for _ in range(3)] for device in here.tokens}
        pushes = [(device, body) for device, bodies in batches.items() for body in bodies]
        with ThreadPoolExecutor(len(pushes)) as pool:
            flying: list[Future[Answer | None]] = [
                pool.submit(push, server, here.tokens[device], body) for device, body in pushes
            ]
            wait(flying, timeout=moment)
            server.kill()
            lost += sum(future.result() is None for future in flying)
        server.start()
        for device, body in pushes:
            answer = push(server, here.tokens[device], body)
            assert answer is not None
            assert [result["status"] for result in answer.json()["results"]] == ["ok"] * AT_ONCE
            sent |= {f"{device}.{mutation['mid']}" for mutation in body["mutations"]}
    assert lost, "the kills came in time"
    assert here.deeds() == dict.fromkeys(sent, 1)
    server.stop()


def test_two_servers_that_get_the_same_pushes_at_once_do_each_mutation_once(
    postgresql_database: str, tmp_path: Path
) -> None:
    here = scene(postgresql_database, tmp_path, servers=2)
    chance = random.Random(7)
    sent: set[str] = set()
    for _ in range(4):
        asked = []
        for device in here.tokens:
            body = here.batch(device)
            sent |= {f"{device}.{mutation['mid']}" for mutation in body["mutations"]}
            for server in here.servers * 2:
                mixed = chance.sample(body["mutations"], AT_ONCE)
                asked.append((server, here.tokens[device], {"mutations": mixed}))
        chance.shuffle(asked)
        with ThreadPoolExecutor(len(asked)) as pool:
            answers = list(pool.map(lambda each: push(*each), asked))
        results = [result for answer in answers if answer for result in answer.json()["results"]]
        assert [result["status"] for result in results] == ["ok"] * len(asked) * AT_ONCE
        assert sum(not result.get("dup") for result in results) == len(here.tokens) * AT_ONCE
    assert here.deeds() == dict.fromkeys(sent, 1)
    for server in here.servers:
        server.stop()
