"""docs/sync.md as a play: each example is asked of a running server, in order, and its answer compared.

    python -m tests.clients.paper        writes the answers of a run into the document

Ids, cursors, times and the numbers of scopes differ from run to run. Where one stands in an answer, the word of the
document is remembered beside that of the run, and put in its place in all later requests; everything else must be
equal. Of an answer's headers those are compared that the document names. `(bytes 0-99 of map.pdf)` is a body: a part of
a file that the play has made.
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
WORDS = {"cursor", "id", "records", "person", "device", "key", "association", "block", "household", "upload"}
"""Members that are other in each run, and mean the same wherever they stand."""
OWN = {"X-Sync-Cursor", "Location"}
"""Headers of which the same is true."""
LOOSE = {"x", "at", "serverTime", "createdAt", "usedWeek", "number"}
"""Members that are other in each run, and are asked for nowhere: sums over ids, times."""
FILES = {"map.pdf": b"%PDF-1.7\n".ljust(70_000, b".")}
NUMBERED = re.compile(r"(?<=[?&]scope=)\d+")
SCENE = re.compile(r"<!-- (?P<stage>\w+\.\w+\(.*?\)) -->|```(?P<how>http|sse)\n(?P<text>.*?)```", re.S)


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    headers: dict[str, str]
    body: bytes | None


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
    borrowed: str = ""
    """The token of another's phone, while it is played with."""

    def stage(self, text: str) -> None:
        """town.note(id, v, scope) · town.leave(person) · town.restore() · line.lost() · phone.of(person) · phone.mine()"""
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
            case "phone.of":
                self.borrowed = self.town.control("enrol", person=said[0])["token"]
            case "phone.mine":
                self.borrowed = ""
            case _:
                raise AssertionError(f"no such stage direction: {text}")

    def ask(self, text: str) -> httpx.Response:
        if self.lost:
            self.lost = False
            self.ask(text)
        asked = request_of(self.meanings.here(text))
        headers = {"Authorization": f"Bearer {self.borrowed or self.token}", "Accept-Language": "en"}
        url = self.town.server.url + asked.path
        return httpx.request(
            asked.method, url, headers=headers | asked.headers, content=asked.body, timeout=30
        )

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


def request_of(text: str) -> Request:
    first, _, rest = text.partition("\n\n")[0].partition("\n")
    method, path = first.split(" ")
    headers, body = _headers_and_body(rest)
    if part := re.fullmatch(r"\(bytes (\d+)-(\d+) of (\S+)\)", body):
        return Request(method, path, headers, FILES[part[3]][int(part[1]) : int(part[2]) + 1])
    typed = {"Content-Type": "application/json"} if body else {}
    return Request(method, path, typed | headers, json.dumps(json.loads(body)).encode() if body else None)


def answer_of(text: str) -> tuple[int, dict[str, str], Any]:
    """Status, headers, body."""
    status, _, rest = text.partition("\n\n")[2].strip().partition("\n")
    headers, body = _headers_and_body(rest)
    return int(status), headers, json.loads(body) if body else None


def _headers_and_body(text: str) -> tuple[dict[str, str], str]:
    headers, lines = {}, text.splitlines()
    while lines and (found := re.fullmatch(r"([A-Z][A-Za-z-]*): (.*)", lines[0])):
        headers[found[1]] = found[2]
        del lines[0]
    return headers, "\n".join(lines)


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
        player.meanings.same(value, answer.headers[name], "cursor" if name in OWN else "")
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
    _, headers, body = answer_of(text)
    lines = [str(answer.status_code), *(f"{name}: {answer.headers[name]}" for name in headers)]
    for name in headers.keys() & OWN:
        player.meanings.learn(headers[name], answer.headers[name], "cursor")
    if body is not None:
        player.meanings.learn(body, answer.json())
        lines.append(_laid_out(answer.json()))
    return "\n".join(["```http", asked, "", *lines, "```"])


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
