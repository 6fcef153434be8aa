"""docs/sync.md says what the server does: its examples are played, its tables are those of the code."""

import json
import re
from datetime import UTC, datetime, timedelta
from typing import get_args, get_type_hints

import pytest
from litestar.routes import HTTPRoute

from notices.attachments.file_errors import OffsetWrong, TooManyUploads, UploadUnknown
from notices.attachments.files import UPLOADERS_DAY
from notices.attachments.ingest import LARGEST
from notices.attachments.uploads import AGE, MOST_OPEN, SMALLEST_PART
from server.attachments.resumable import PART
from server.edge.errors import LineSignatureWrong, SignatureWrong
from server.edge.statuses import STATUS
from server.live.waiting import LONGEST
from server.routes.sync import router
from server.routes.sync.pushing import LARGEST_PUSH
from server.syncing.mutations import HANDLERS
from sync.cursor import Vector
from sync.delta import MAX_BYTES, Draft, render
from sync.errors import Reason
from sync.journal import h64
from sync.manifest import MAX_WANTED
from sync.pull import MAX_LIMIT
from sync.push import MAX_MUTATIONS, Result
from sync.segments import Segment
from tests.clients.conftest import BOTH, HANAKO
from tests.clients.paper import PAPER, Meanings, Player, answer_of, play, request_of, scenes
from tests.clients.toyserver import Town
from tests.test_rules import ROOT, paths_in


@pytest.fixture
def paper() -> str:
    return PAPER.read_text()


def rows(paper: str, beginning: str) -> list[str]:
    """First cells of the table that begins with this line."""
    table = paper.partition(beginning)[2].partition("\n\n")[0]
    return [cell.strip() for cell in re.findall(r"^\| ?([^|]*)\|", table, re.M) if set(cell.strip()) - {"-"}]


@BOTH
@pytest.mark.slow
def test_every_example_is_what_the_server_answers(paper: str, town: Town) -> None:
    play(Player(town, town.control("enrol", person=HANAKO)["token"]), paper)


@pytest.mark.slow
def test_an_example_that_is_not_so_is_noticed(paper: str, town: Town) -> None:
    player = Player(town, town.control("enrol", person=HANAKO)["token"])
    with pytest.raises(AssertionError, match="really"):
        play(player, paper.replace('"status":"conflict"', '"status":"ok"'))


def test_a_scope_may_have_another_number_but_the_same_in_all_answers() -> None:
    meanings = Meanings()
    meanings.same({"changes": [{"s": 3}, {"s": 11}]}, {"changes": [{"s": 11}, {"s": 3}]})
    meanings.same({"check": [{"s": 11}]}, {"check": [{"s": 3}]})
    meanings.same({"h": {"3": 7, "11": 8}}, {"h": {"11": 7, "3": 8}})
    assert meanings.here("GET /sync/v1/manifest?scope=3") == "GET /sync/v1/manifest?scope=11"
    for written, seen in ((3, 3), (4, 11)):
        with pytest.raises(AssertionError, match=r"stands for two|has two"):
            Meanings(scopes=dict(meanings.scopes)).same({"s": written}, {"s": seen})


def test_every_example_can_be_read(paper: str) -> None:
    examples = [scene["text"] for scene in scenes(paper) if scene["how"] == "http"]
    assert len(examples) > 10
    for text in examples:
        request_of(text)
        status, headers, body = answer_of(text)
        assert body is not None or headers, status


def test_the_routes_are_those_of_the_code(paper: str) -> None:
    code = {
        f"{method} {route.path.replace(':str', '')}"
        for route in router.routes
        for method in (route.methods if isinstance(route, HTTPRoute) else {route.route_handler.opt["takes"]})
        if method != "OPTIONS"
    }
    assert {row.strip("`") for row in rows(paper, "| route | |")} == code


def test_the_reasons_of_a_resync_are_those_of_the_code(paper: str) -> None:
    assert {row.strip("`") for row in rows(paper, "| reason | |")} == set(get_args(Reason))


def test_the_errors_are_those_of_the_edge_and_the_log_with_their_status(paper: str) -> None:
    said = set(re.findall(r"^\| (\d{3}) \| `([a-z-]+)` \|", paper, re.M))
    code = {
        (str(status), _slug(error))
        for error, status in STATUS.items()
        if error.__module__ in ("server.edge.errors", "sync.errors") or error.__name__ == "NotFound"
        if error not in (SignatureWrong, LineSignatureWrong)  # no phone calls those routes
    }
    assert said == code


def test_the_limits_and_slugs_of_attachments_are_those_of_the_code(paper: str) -> None:
    section = paper.partition("## Attachments")[2].partition("\n## ")[0]
    for error in (OffsetWrong, UploadUnknown, TooManyUploads):
        assert f"`{STATUS[error]} {error.slug}`" in section
    assert (5, timedelta(hours=24), timedelta(hours=24)) == (MOST_OPEN, AGE, UPLOADERS_DAY)
    assert f"at most {LARGEST // 2**20} MB" in section
    assert f"{SMALLEST_PART // 1024} KiB at least" in section
    assert f"`{PART}" in section.replace("Content-Type: ", "")


def _slug(error: type[Exception]) -> str:
    return next(str(vars(each)["slug"]) for each in error.__mro__ if "slug" in vars(each))


def test_the_answers_to_a_write_are_those_of_the_code(paper: str) -> None:
    statuses = get_args(get_type_hints(Result)["status"])
    assert {row.strip("`") for row in rows(paper, "| status | what the client does |")} == set(statuses)


def test_the_kinds_that_phones_write_are_those_of_the_code(paper: str) -> None:
    assert {row.strip("`") for row in rows(paper, "| `t` | `id` | `d` |")} == set(HANDLERS)


def test_the_limits_are_those_of_the_code(paper: str) -> None:
    for limit in (
        f"At most {MAX_MUTATIONS} mutations and {LARGEST_PUSH // 1024} KiB",
        f"`limit` is 1 to {MAX_LIMIT:,}",
        f"for up to {LONGEST} seconds",
        f"ask for up to {MAX_WANTED}:",
    ):
        assert limit in paper
    assert MAX_BYTES < 512 * 1024
    assert "at most 512 KiB" in paper


def test_the_sum_of_the_example_is_right(paper: str) -> None:
    said = re.search(r'`h64\("(\w+)", "(\w+)", (\d)\)` is `([0-9a-f]{16})`', paper)
    assert said is not None
    assert f"{h64(said[1], said[2], int(said[3])) % 2**64:016x}" == said[4]


def test_the_sums_of_the_examples_count_what_came(paper: str) -> None:
    """The second page of the first pull ends the association and the city."""
    pages = [answer_of(scene["text"])[2] for scene in scenes(paper) if scene["how"] == "http"]
    first = next(page for page in pages if page and page.get("more"))
    last = next(page for page in pages if page and page.get("more") is False and "check" in page)
    held = first["changes"] + last["changes"]
    for sums in last["check"]:
        mine = [each for each in held if each["s"] == sums["s"]]
        total = 0
        for each in mine:
            total ^= h64(each["t"], each["id"], each["r"]) % 2**64
        assert (sums["n"], sums["x"]) == (len(mine), f"{total:016x}")


def test_a_segment_is_named_as_the_page_says(paper: str) -> None:
    said = re.search(r'```json\n("segments":.*)\n```', paper)
    assert said is not None
    draft = Draft(Vector(), [], more=False, segments=[Segment(1, 800, 5000, "9f3c")])
    page = json.loads(
        render(draft, "", datetime.now(UTC), check=False, address=lambda one: f"/sync/v1/seg/{one.sha256}")
    )
    [written], [seen] = json.loads("{" + said[1] + "}")["segments"], page["segments"]
    assert list(written) == list(seen)
    assert [written[key] for key in "sqn"] == [seen[key] for key in "sqn"]


def test_what_the_page_names_is_there(paper: str) -> None:
    assert [path for path in paths_in(paper) if not (ROOT / path).exists()] == []
