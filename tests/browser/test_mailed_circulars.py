"""What the city mailed in lies ready as a draft: a clerk reads its PDF, puts the text right and asks for its sending."""

import asyncio

import pytest
from playwright.async_api import expect

from server.bounces.listener import listening
from tests.browser.conftest import TakeUp
from tests.browser.papers import pdf
from tests.browser.site import Site
from tests.browser.test_approvals import CLERK, with_passkey
from tests.browser.test_circulars import sound
from tests.journeys import circulars
from tests.server.test_bounces import dialogue
from tests.server.test_circulars_by_mail import TO, WANTED, letter

pytestmark = [
    pytest.mark.browser,
    pytest.mark.parametrize("here", [{"host": "localhost", **WANTED}], indirect=True),
]


async def test_a_draft_that_came_by_mail_is_read_with_its_paper_rewritten_and_asked_for(
    here: Site, take_up: TakeUp
) -> None:
    sent = pdf()
    clerk = await with_passkey(here, take_up, CLERK, "clerk")
    approver = await circulars.second_person(here.town)
    async with listening(here.town.house) as server:
        assert server is not None
        reader, writer = await asyncio.open_connection("127.0.0.1", server.sockets[0].getsockname()[1])
        answers = await dialogue(reader, writer, letter(paper=sent), TO, "LHLO mx.example.jp")
    assert answers[-2].startswith("250 ")
    await clerk.open("/city")
    await clerk.press("国勢調査のお願い")
    await clerk.sees("調査票を配ります。")
    await clerk.sees("国勢調査.pdf")
    await clerk.press("PDFを開く")
    paper = clerk.page.get_by_role("link", name="国勢調査.pdf")
    read = "a => fetch(a.href).then((r) => r.arrayBuffer()).then((b) => b.byteLength)"
    assert await paper.evaluate(read) == len(sent)
    await sound(clerk)
    await clerk.press("書きなおす")
    await clerk.page.get_by_label("本文").fill("調査票は10日に配ります。")
    await expect(clerk.control("「国勢調査.pdf」をはずす")).to_be_visible()
    await clerk.press("送る前にたしかめる")
    await clerk.sees("世帯に送ります")
    await clerk.press("送る承認をたのむ")
    await clerk.sees("承認待ち")
    id = clerk.page.url.rpartition("/")[2]
    await approver.pull()
    asked = approver.records["approvals", id]
    assert (asked["state"], asked["body"]) == ("awaiting", "調査票は10日に配ります。")
    [file] = asked["files"]
    assert (await approver.http.get(f"/files/{file['sha256']}")).content == sent
