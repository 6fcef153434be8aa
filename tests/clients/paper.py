"""docs/sync.md as a play: each example is asked of a running server, in order, and its answer compared.

    python -m tests.clients.paper        writes the answers of a run into the document

Ids, cursors, times and the numbers of scopes differ from run to run. Where one stands in an answer, the word of the
document is remembered beside that of the run, and put in its place in all later requests; everything else must be
equal.
What happens between two examples stands in comments: `<!-- town.note("n1", "text", "sakura") -->`.
"""

import json
import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from tests.clients.toyserver import Town, ToyServer

PAPER = Path(__file__).parent.parent.parent / "docs" / "sync.md"
WORDS = {"cursor", "id", "records", "person", "device", "key", "association", "block", "household"}
"""Members that are other in each run, and mean the same wherever they stand."""
LOOSE = {"x", "at", "serverTime", "createdAt", "usedWeek", "number"}
"""Members that are other in each run, and are asked for nowhere: sums over ids, times."""
NUMBERED = re.compile(r"(?<=[?&]scope=)\d+")
SCENE = re.compile(r"<!-- (?P<stage>\w+\.\w+\(.*?\)) -->|```(?P<how>http|sse)\n(?P<text>.*?)```", re.S)


@dataclass
class Meanings:
    """What the document's words are called in this run."""

    words: dict[str, str] = field(default_factory=dict)
    scopes: dict[int, int] = field(default_factory=dict)
    """By number. A transaction numbers its new scopes in the order of their keys, which are random to a degree."""

    def here(self, text: str) -> str:
        """A request of the document, in the words of this run."""
        for theirs, ours in self.words.items():
            text = text.replace(theirs, ours)
        return NUMBERED.sub(lambda said: str(self.scopes.get(int(said[0]), said[0])), text)

    def same(self, written: Any, seen: Any, name: str = "") -> None:
        """Raises AssertionError where the document says something else."""
        if name == "h":
            theirs, ours = ([{"s": int(s), "head": at} for s, at in said.items()] for said in (written, seen))
            self.same(theirs, ours)
        elif isinstance(written, dict) and isinstance(seen, dict):
            assert list(written) == list(seen), f"{name}: {list(written)} is really {list(seen)}"
            for key in written:
                self.same(written[key], seen[key], key)
        elif isinstance(written, list) and isinstance(seen, list):
            assert len(written) == len(seen), f"{name}: {len(written)} entries are really {len(seen)}"
            for one, other in zip(written, seen, strict=True):
                self.same(one, other, name)
        elif name == "s":
            assert self.scopes.setdefault(written, seen) == seen, f"scope {written} stands for two things"
            assert len(set(self.scopes.values())) == len(self.scopes), f"scope {seen} has two numbers"
        elif name in WORDS and isinstance(written, str) and isinstance(seen, str) and written != seen:
            assert self.words.setdefault(written, seen) == seen, f"{name}: {written} stands for two things"
        elif name not in LOOSE or not isinstance(written, str):
            assert written == seen, f"{name}: {written!r} is really {seen!r}"

    def learn(self, written: Any, seen: Any, name: str = "") -> None:
        """The words of an answer that may have other members, and other entries, by now."""
        if isinstance(written, dict) and isinstance(seen, dict):
            for key in written.keys() & seen.keys():
                self.learn(written[key], seen[key], key)
        elif isinstance(written, list) and isinstance(seen, list):
            for one, other in _pairs(written, seen):
                self.learn(one, other, name)
        elif name == "s":
            self.scopes.setdefault(written, seen)
        elif name in WORDS and isinstance(written, str) and isinstance(seen, str) and written != seen:
            self.words.setdefault(written, seen)


@dataclass
class Player:
    town: Town
    token: str
    meanings: Meanings = field(default_factory=Meanings)
    lost: bool = False

    def stage(self, text: str) -> None:
        """town.note(id, v, scope) · town.leave(person) · town.restore() · line.lost()"""
        match = re.fullmatch(r"(\w+\.\w+)\((.*)\)", text)
        assert match is not None
        said = json.loads(f"[{match[2]}]")
        match match[1]:
            case "town.note":
                self.town.note(*said)
            case "town.leave":
                self.town.control("leave", person=said[0])
            case "town.restore":
                self.town.control("rotate-epoch")
            case "line.lost":
                self.lost = True
            case _:
                raise AssertionError(f"no such stage direction: {text}")

    def ask(self, text: str) -> httpx.Response:
        method, path, body = request_of(self.meanings.here(text))
        headers = {"Authorization": f"Bearer {self.token}", "Accept-Language": "en"}
        url = self.town.server.url + path
        if self.lost:
            self.lost = False
            httpx.request(method, url, headers=headers, json=body, timeout=30)
        return httpx.request(method, url, headers=headers, json=body, timeout=30)

    def listen(self) -> str:
        """The first event of the live stream."""
        headers = {"Authorization": f"Bearer {self.token}"}
        with httpx.stream(
            "GET", f"{self.town.server.url}/sync/v1/live", headers=headers, timeout=30
        ) as answer:
            text = ""
            for piece in answer.iter_text():
                text += piece
                if events := [event for event in text.split("\n\n")[:-1] if "event: poke" in event]:
                    return "\n".join(
                        line for line in events[0].splitlines() if not line.startswith(("id", "retry", ":"))
                    )
        raise AssertionError("the stream ended without a word")


def _pairs(written: list[Any], seen: list[Any]) -> Iterator[tuple[Any, Any]]:
    """By kind, in order, where the entries are records."""
    kinds = [
        [entry.get("t") if isinstance(entry, dict) else None for entry in each] for each in (written, seen)
    ]
    for kind in dict.fromkeys(kinds[0]):
        ours = [
            [e for e, k in zip(each, of, strict=True) if k == kind]
            for each, of in zip((written, seen), kinds, strict=True)
        ]
        yield from zip(*ours, strict=False)


def request_of(text: str) -> tuple[str, str, Any]:
    first, _, body = text.partition("\n\n")[0].partition("\n")
    method, path = first.split(" ")
    return method, path, json.loads(body) if body else None


def answer_of(text: str) -> tuple[int, dict[str, str], Any]:
    """Status, headers, body."""
    status, _, rest = text.partition("\n\n")[2].strip().partition("\n")
    if rest.startswith("{"):
        return int(status), {}, json.loads(rest)
    return int(status), dict(line.split(": ", 1) for line in rest.splitlines()), None


def scenes(text: str) -> Iterator[re.Match[str]]:
    return SCENE.finditer(text)


def play(player: Player, text: str) -> None:
    """Raises AssertionError at the first example that is not so."""
    for scene in scenes(text):
        if scene["stage"]:
            player.stage(scene["stage"])
        elif scene["how"] == "sse":
            written, seen = scene["text"].strip().splitlines(), player.listen().splitlines()
            assert written[0] == seen[0]
            player.meanings.same(*(json.loads(line.removeprefix("data: ")) for line in (written[1], seen[1])))
        else:
            _compare(player, scene["text"])


def _compare(player: Player, text: str) -> None:
    status, headers, body = answer_of(text)
    answer = player.ask(text)
    assert answer.status_code == status, f"{text}\nis really {answer.status_code} {answer.text}"
    for name, value in headers.items():
        player.meanings.same(value, answer.headers[name], "cursor")
    if body is not None:
        player.meanings.same(body, answer.json(), text.partition("\n")[0])


def rewritten(player: Player, text: str) -> str:
    """The document with the answers of this run."""
    pieces, place = [], 0
    for scene in scenes(text):
        pieces.append(player.meanings.here(text[place : scene.start()]))
        place = scene.end()
        if scene["stage"]:
            player.stage(scene["stage"])
            pieces.append(scene[0])
        elif scene["how"] == "sse":
            pieces.append(f"```sse\n{player.listen()}\n```")
        else:
            pieces.append(_answered(player, scene["text"]))
    return "".join([*pieces, player.meanings.here(text[place:])])


def _answered(player: Player, text: str) -> str:
    answer = player.ask(text)
    asked = player.meanings.here(text).partition("\n\n")[0]
    if answer.status_code == 204:
        return f"```http\n{asked}\n\n204\nX-Sync-Cursor: {answer.headers['X-Sync-Cursor']}\n```"
    said = answer.json()
    player.meanings.learn(answer_of(text)[2], said)
    return f"```http\n{asked}\n\n{answer.status_code}\n{_laid_out(said)}\n```"


def _laid_out(said: Any, indent: int = 0) -> str:
    flat = json.dumps(said, ensure_ascii=False, separators=(",", ":"))
    if not isinstance(said, dict) or len(flat) <= 120:
        return flat
    members = []
    for key, value in said.items():
        if isinstance(value, list) and value and isinstance(value[0], dict | list):
            rows = ",\n".join(" " * (indent + 2) + _laid_out(each, 1000) for each in value)
            members.append(f'"{key}":[\n{rows}]')
        elif isinstance(value, dict) and indent == 0:
            members.append(f'"{key}":{_laid_out(value, indent + 1)}')
        else:
            members.append(f'"{key}":' + json.dumps(value, ensure_ascii=False, separators=(",", ":")))
    joint = "," if indent >= 1000 else ",\n" + " " * (indent + 1)
    return "{" + joint.join(members) + "}"


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        server = ToyServer(Path(folder))
        try:
            town = Town(server, "paper")
            token = town.control("enrol", person="山田 花子")["token"]
            PAPER.write_text(rewritten(Player(town, token), PAPER.read_text()))
        finally:
            server.kill()


if __name__ == "__main__":
    main()
