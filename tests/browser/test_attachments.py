"""Attachments over lines that break: they go on where they were, and no file is lost without a word."""

import re
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

import pytest
from playwright.async_api import FilePayload, expect

from tests.browser.conftest import TakeUp
from tests.browser.handset import Handset
from tests.browser.site import Site
from tests.phone import Phone

pytestmark = pytest.mark.browser

PART = 256 * 1024
NAME = "防災地図.pdf"
MAP = b"%PDF-1.4\n" + bytes(range(256)) * 3_500
"""Four parts."""
CUT = "ERR_CONTENT_LENGTH_MISMATCH|ERR_CONNECTION|ERR_EMPTY_RESPONSE|ERR_INCOMPLETE"


@dataclass
class Tunnel:
    """Between gate and server: what it does to uploads and to attachments, and what went through."""

    app: Any
    swallow: set[int] = field(default_factory=set)
    """Numbers of the PATCHes that never arrive."""
    mute: set[int] = field(default_factory=set)
    """Numbers of the PATCHes whose answer is lost."""
    deaf_after: int = 1_000
    break_at: int = 0
    """Bytes of an attachment after which the line breaks."""
    patches: int = 0
    begun: int = 0
    ranges: list[str] = field(default_factory=list)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        path, method = scope["path"], scope["method"]
        if method == "PATCH" and path.startswith("/api/v1/files/uploads/"):
            self.patches += 1
            await self._patch(self.patches, scope, receive, send)
        elif method == "GET" and path.startswith("/files/"):
            self.ranges.append(dict(scope["headers"]).get(b"range", b"").decode())
            await self._download(scope, receive, send)
        else:
            self.begun += (method, path) == ("POST", "/api/v1/files")
            await self.app(scope, receive, send)

    async def _patch(self, number: int, scope: Any, receive: Any, send: Any) -> None:
        if number in self.swallow or number > self.deaf_after:
            await _cut_off(send)
        elif number in self.mute:
            await self.app(scope, receive, _nowhere)
            await _cut_off(send)
        else:
            await self.app(scope, receive, send)

    async def _download(self, scope: Any, receive: Any, send: Any) -> None:
        most, self.break_at = self.break_at, 0

        async def breaking(message: Any) -> None:
            if most and message["type"] == "http.response.body":
                message = message | {"body": message["body"][:most], "more_body": True}
            await send(message)

        await self.app(scope, receive, breaking)


async def _nowhere(message: Any) -> None:
    pass


async def _cut_off(send: Any) -> None:
    """Uvicorn closes the connection of an application that stops in the middle."""
    await send({"type": "http.response.start", "status": 201, "headers": [(b"content-length", b"400")]})
    await send({"type": "http.response.body", "body": b"{", "more_body": True})


def tunnel(here: Site, **how: Any) -> Tunnel:
    here.gate.app = dug = Tunnel(here.gate.app, **how)
    return dug


async def choose(officer: Handset) -> None:
    await officer.press("書く")
    await officer.page.get_by_label("題").fill("防災地図ができました")
    await officer.page.get_by_label("本文").fill("冷蔵庫に貼ってください。")
    await officer.page.get_by_label("添付").set_input_files(
        FilePayload(name=NAME, mimeType="application/pdf", buffer=MAP)
    )


async def is_attached(officer: Handset) -> None:
    await expect(officer.page.get_by_role("button", name=f"「{NAME}」をはずす")).to_be_visible()


async def it_goes_out_with_its_file(here: Site, officer: Handset) -> Phone:
    await officer.press("たしかめる")
    await officer.press("会に出す")
    await officer.sees("に出しました。")
    resident = await here.town.phone("伊藤 さち")
    await resident.pull()
    (record,) = resident.all("notices")
    (file,) = record["files"]
    assert (file["name"], file["sha256"]) == (NAME, sha256(MAP).hexdigest())
    assert (await resident.http.get(f"/files/{file['sha256']}")).content == MAP
    return resident


async def test_an_upload_goes_on_after_a_lost_part_and_lost_answers(here: Site, take_up: TakeUp) -> None:
    president = await take_up("山田 花子")
    president.expect(CUT)
    # The second part does not arrive at first, and the answers to the third and to the last are lost.
    line = tunnel(here, swallow={2}, mute={4, 5})
    await choose(president)
    await is_attached(president)
    assert line.begun == 1, "it went on, it did not begin anew"
    assert line.patches == 6, (
        "one part was sent twice, and the last result was asked for again, without its bytes"
    )
    await it_goes_out_with_its_file(here, president)


async def test_an_upload_outlives_the_page_and_nothing_goes_out_without_it(
    here: Site, take_up: TakeUp
) -> None:
    president = await take_up("山田 花子")
    president.expect(CUT)
    line = tunnel(here, deaf_after=2)
    await choose(president)
    await president.sees("ファイルはこのスマホにあります")
    await president.press("たしかめる")
    await president.sees("まだ送り終わっていない添付があります")
    await president.page.reload()
    await president.sees(NAME)
    await expect(president.page.get_by_label("題")).to_have_value("防災地図ができました")
    await president.sees("ファイルはこのスマホにあります")
    sent = line.patches
    line.deaf_after = 1_000
    await president.page.reload()
    await is_attached(president)
    assert line.begun == 1, "it went on where it was"
    assert line.patches - sent == 2, "with what was missing"
    await it_goes_out_with_its_file(here, president)


async def test_a_file_that_waits_for_a_signal_can_be_taken_back(here: Site, take_up: TakeUp) -> None:
    president = await take_up("山田 花子")
    await president.press("書く")
    await president.lose_signal()
    await choose(president)
    await president.sees("ファイルはこのスマホにあります")
    await president.press(f"「{NAME}」をやめる")
    await president.does_not_see(NAME)
    await president.find_signal()
    await president.page.reload()
    await expect(president.page.get_by_label("題")).to_have_value("防災地図ができました")
    assert await president.page.get_by_text(NAME).count() == 0
    gone = "async () => (await (await caches.open('kairan-uploads')).keys()).length === 0"
    await president.page.wait_for_function(gone)


async def test_a_refused_file_says_why_and_stays_until_it_is_taken_away(here: Site, take_up: TakeUp) -> None:
    president = await take_up("山田 花子")
    president.expect("415")
    await president.press("書く")
    await president.page.get_by_label("題").fill("写真")
    await president.page.get_by_label("本文").fill("写真です。")
    broken = FilePayload(name="写真.jpg", mimeType="image/jpeg", buffer=b"not a photo")
    await president.page.get_by_label("添付").set_input_files(broken)
    await president.sees("写真は撮りなおすか、PDFにしてください")
    await president.press("たしかめる")
    await president.sees("まだ送り終わっていない添付があります")
    await president.press("「写真.jpg」をやめる")
    await president.press("たしかめる")
    await president.sees("会に出す")


async def test_a_download_goes_on_where_the_line_broke(here: Site, take_up: TakeUp) -> None:
    officer = await here.town.phone("山田 花子")
    form = {"file": (NAME, MAP, "application/pdf")}
    sha = (await officer.http.post("/api/v1/files", files=form)).json()["sha256"]
    await here.town.post(
        officer, deadline=here.soon(), title="防災地図", files=[{"sha256": sha, "name": NAME}]
    )
    resident = await take_up("伊藤 さち")
    resident.expect(CUT)
    line = tunnel(here, break_at=300_000)
    await resident.press("防災地図")
    await resident.press("PDFを開く")
    await resident.sees(f"「{NAME}」を見る")
    assert line.ranges[0] == ""
    # Chromium may ask for a byte of its own first, to see whether what it has is still the same file.
    assert re.fullmatch(r"bytes=[1-9]\d+-\d*", line.ranges[-1]), line.ranges
    kept = """async (sha) => {
        const body = await (await caches.match("/files/" + sha)).arrayBuffer();
        const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", body));
        return [...hash].map((byte) => byte.toString(16).padStart(2, "0")).join("");
    }"""
    assert await resident.page.evaluate(kept, sha) == sha
