"""Whatever a stranger brings as an alert: one sentence, in two seconds, and nothing half done."""

import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import func, select

from notices.cap.cap_errors import CapTooDetailed
from notices.cap.message import NAMESPACE
from notices.cap.reading import read
from notices.models import Audit, CapAlert, Memo, Notice
from tests.cap.alerts import alert
from tests.journeys.city_hall import official
from tests.journeys.test_alerts_of_others import CLERK, Machine, machine
from tests.server.test_bad_input import is_a_problem, japanese
from tests.town import Town, town

pytestmark = pytest.mark.everyday

GOOD = alert()
LAUGHS = b"".join(
    b'<!ENTITY l%d "%s">' % (level, b"&l%d;" % (level - 1) * 10 if level else b"lol") for level in range(10)
)
SQUARE = "<polygon>37.1,140.1 37.2,140.1 37.2,140.2 37.1,140.1</polygon>"


def with_doctype(inside: bytes, said: bytes) -> bytes:
    head, body = GOOD.split(b"\n", 1)
    return head + b"\n<!DOCTYPE alert [" + inside + b"]>" + body.replace(b"JP-2026", said + b"JP-2026", 1)


BAD: dict[str, tuple[bytes, int, str]] = {
    "a bomb of entities": (with_doctype(LAUGHS, b"&l9;"), 422, "cap-doctype"),
    "an entity that grows by itself": (
        with_doctype(b'<!ENTITY a "' + b"x" * 50_000 + b'">', b"&a;" * 1000),
        422,
        "cap-doctype",
    ),
    "a file of ours": (with_doctype(b'<!ENTITY f SYSTEM "file:///etc/passwd">', b"&f;"), 422, "cap-doctype"),
    "an address inside": (
        with_doctype(b'<!ENTITY % p SYSTEM "http://127.0.0.1:9/x"> %p;', b""),
        422,
        "cap-doctype",
    ),
    "a doctype alone": (GOOD.replace(b"\n", b"\n<!DOCTYPE alert>", 1), 422, "cap-doctype"),
    "no area": (alert(areaDesc=None), 422, "cap-no-area"),
    "an area without a name": (alert(areaDesc=" "), 422, "cap-no-area"),
    "expired": (alert(expires="2026-11-20T09:00:00+09:00"), 422, "cap-expired"),
    "another sender": (alert(sender="dareka@example.jp"), 403, "cap-sender-wrong"),
    "10,000 polygons": (alert(shapes=SQUARE * 10_000), 422, "cap-too-detailed"),
    "20,000 elements": (alert(shapes="<circle/>" * 25_000), 422, "cap-too-detailed"),
    "a depth of 5,000": (alert(shapes="<circle>" * 5000 + "</circle>" * 5000), 422, "cap-too-detailed"),
    "a title of 200,000 letters": (alert(headline="あ" * 200_000), 422, "cap-too-detailed"),
    "Shift_JIS, and says so": (
        GOOD.decode().replace("UTF-8", "Shift_JIS").encode("cp932"),
        415,
        "cap-charset",
    ),
    "Shift_JIS, and says UTF-8": (GOOD.decode().encode("cp932"), 415, "cap-charset"),
    "UTF-16": (GOOD.decode().replace("UTF-8", "UTF-16").encode("utf-16"), 415, "cap-charset"),
    "UTF-7, in the letters of ASCII": (GOOD.decode().replace("UTF-8", "UTF-7").encode(), 415, "cap-charset"),
    "5 MB": (GOOD + b" " * 5_000_000, 413, "body-too-large"),
    "not XML": ("大雨です".encode(), 400, "cap-not-xml"),
    "JSON": (b'{"alert": {}}', 400, "cap-not-xml"),
    "nothing": (b"", 400, "cap-not-xml"),
    "half of it": (GOOD[: len(GOOD) // 2], 400, "cap-not-xml"),
    "zeros": (b"\0" * 1000, 400, "cap-not-xml"),
    "CAP 1.1": (GOOD.replace(b":cap:1.2", b":cap:1.1"), 422, "cap-version"),
    "CAP 1.0": (
        GOOD.replace(NAMESPACE.encode(), b"http://www.incident.com/cap/1.0"),
        422,
        "cap-version",
    ),
    "no namespace": (GOOD.replace(f' xmlns="{NAMESPACE}"'.encode(), b""), 422, "cap-not-cap"),
    "a feed": (b'<feed xmlns="http://www.w3.org/2005/Atom"/>', 422, "cap-not-cap"),
    "a status that is none": (alert(status="Real"), 422, "cap-element-wrong"),
    "a time without its offset": (alert(sent="2026-11-20T10:00:00"), 422, "cap-element-wrong"),
    "a time in Zulu": (alert(sent="2026-11-20T10:00:00Z"), 422, "cap-element-wrong"),
    "a day that is none": (alert(sent="2026-02-30T10:00:00+09:00"), 422, "cap-element-wrong"),
    "an identifier with a comma": (alert(identifier="a,b"), 422, "cap-element-wrong"),
    "no identifier": (alert(identifier=None), 422, "cap-element-wrong"),
    "an element of our own": (alert(shapes="<colour>red</colour>"), 422, "cap-element-wrong"),
    "an element in the wrong place": (
        GOOD.replace(b"<scope>Public</scope>", b"").replace(b"</info>", b"</info><scope>Public</scope>"),
        422,
        "cap-element-wrong",
    ),
    "no info": (alert(info=""), 422, "cap-no-info"),
    "an event without a name": (alert(event=""), 422, "cap-no-info"),
    "for few": (alert(scope="Restricted"), 422, "cap-not-public"),
    "an update of nothing": (alert(msgType="Update"), 422, "cap-reference-missing"),
    "a cancel of nothing": (alert(msgType="Cancel", info=""), 422, "cap-reference-missing"),
}


@pytest.fixture
async def here(database_url: str, tmp_path: Path) -> AsyncIterator[Town]:
    async with town(database_url, tmp_path) as made:
        yield made


async def rows(here: Town) -> list[int]:
    async with here.house.db.read() as session:
        tables = (CapAlert, Notice, Memo, Audit)
        return [await session.scalar(select(func.count()).select_from(each)) or 0 for each in tables]


async def test_what_is_wrong_is_said_in_two_seconds_and_nothing_is_done(here: Town) -> None:
    await official(here, CLERK)
    kisho = await machine(here)
    before = await rows(here)
    for what, (data, status, slug) in BAD.items():
        began = time.process_time()
        body = is_a_problem(await kisho.bring(data), status, slug=slug, what=what)
        assert time.process_time() - began < 2, what
        assert japanese(body["detail"]), what
    assert await rows(here) == before
    assert (await kisho.bring(GOOD)).status_code == 201, "and a good one is taken still"


async def test_a_secret_that_is_none_is_asked_for_before_anything_is_read(here: Town) -> None:
    await official(here, CLERK)
    await machine(here)
    for secret in ("x", "wrong wrong", "_" * 5000):
        answer = await Machine(here, secret).bring(BAD["a bomb of entities"][0])
        is_a_problem(answer, 401, slug="cap-secret-wrong")
    async with here.http() as http:
        is_a_problem(await http.post("/api/v1/cap", content=GOOD), 401, slug="cap-secret-wrong")


async def test_a_charset_that_the_header_names_must_be_utf_8(here: Town) -> None:
    await official(here, CLERK)
    kisho = await machine(here)
    headers = {
        "Authorization": f"Bearer {kisho.secret}",
        "Content-Type": "application/xml; charset=shift_jis",
    }
    async with here.http() as http:
        is_a_problem(await http.post("/api/v1/cap", content=GOOD, headers=headers), 415, slug="cap-charset")


def test_every_letter_that_xml_allows_is_read_and_a_bom_is_no_harm() -> None:
    assert read(b"\xef\xbb\xbf" + GOOD) == read(GOOD)
    assert read(alert(headline="<![CDATA[<雨>]]>")).info[0].headline == "<雨>"
    assert read(alert(headline="大<!-- -->雨<?x y?>")).info[0].headline == "大雨"


def test_a_signature_that_follows_is_no_harm() -> None:
    signature = b'<Signature xmlns="http://www.w3.org/2000/09/xmldsig#"><SignedInfo/></Signature></alert>'
    assert read(GOOD.replace(b"</alert>", signature)) == read(GOOD)


def test_a_tower_of_elements_is_left_as_soon_as_it_is_too_high() -> None:
    with pytest.raises(CapTooDetailed):
        read(b"<a>" * 300_000)
