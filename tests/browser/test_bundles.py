"""Stamps go from one screen to another phone's camera, and from there to the server: real codes, real keys."""

import io
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import zxingcpp
from PIL import Image
from playwright.async_api import Playwright

from tests.browser.access import sideways_at_double_text, violations
from tests.browser.conftest import TakeUp
from tests.browser.film import SIZE, camera_flags, film, seen
from tests.browser.handset import Handset, handset
from tests.browser.pictures import album, take
from tests.browser.site import Site
from tests.journeys import bundling, story
from tests.journeys.bundling import framed, from_base45
from tests.phone import Phone

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def decoded(picture: Image.Image) -> str:
    """By a decoder that is none of ours."""
    [code] = zxingcpp.read_barcodes(picture, formats=zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode))
    text: str = code.text
    return text


async def known(held: Handset) -> None:
    """The server has this phone's key."""
    await held.page.wait_for_function(
        "async () => (await (await import('/web/data/bundles/device-key.js')).registered()) !== undefined"
    )


async def press(held: Handset, type: str, bodies: list[dict[str, Any]]) -> None:
    """So many presses, as the buttons would keep them."""
    await held.page.evaluate(
        """async ([type, bodies]) => {
            const { press } = await import("/web/data/outbox.js");
            const { newId } = await import("/web/data/ids.js");
            for (const { id, ...body } of bodies) await press(type, id ?? newId(), { ...body, at: new Date().toISOString() });
        }""",
        [type, bodies],
    )


async def stamps(here: Site, president: Phone, circulars: int, household: str) -> list[dict[str, Any]]:
    notices = [
        (await here.town.post(president, deadline=here.soon(), title=f"回覧{n}"))["id"]
        for n in range(circulars)
    ]
    home = here.town.households[household]
    said = [{"notice": notice, "household": home, "round": 1} for notice in notices]
    return [each | {"id": f"st.{each['notice']}.{home}.1"} for each in said]


async def in_the_cellar(held: Handset, type: str, bodies: list[dict[str, Any]]) -> None:
    """Pressed without a signal, and on the way to a neighbour: the page with the code."""
    await known(held)
    await held.lose_signal()
    await press(held, type, bodies)
    await held.open("/")
    await held.sees("圏外です")
    await held.page.get_by_role("region", name="となりの人に頼む").get_by_role("link").tap()
    await held.sees(f"{len(bodies)}件が入っています")


async def picture_of(held: Handset) -> Image.Image:
    return Image.open(io.BytesIO(await held.page.locator(".qr canvas").screenshot()))


async def neighbour(playwright: Playwright, here: Site, folder: Path, shots: list[Image.Image]) -> Any:
    """Somebody whose camera sees these."""
    path = film(folder / "camera.y4m", shots)
    return handset(playwright, folder / "neighbour", replace(here, flags=here.flags + camera_flags(path)))


async def reads_by_camera(held: Handset, count: int) -> None:
    held.expect("willReadFrequently")  # Chromium's advice to the library that reads the pictures
    await held.context.grant_permissions(["camera", "notifications"])
    await held.open("/settings")
    await held.press("となりの人の分を届ける")
    await held.press("カメラで写す")
    await held.sees(f"{count}件を預かりました")


async def test_twenty_stamps_are_one_code_that_another_decoder_reads_at_360_px(
    here: Site, take_up: TakeUp, tmp_path: Path, playwright: Playwright
) -> None:
    president = await here.town.phone("山田 花子")
    resident = await take_up("伊藤 さち")
    await in_the_cellar(resident, "stamps", await stamps(here, president, 20, "伊藤"))
    assert await violations(resident.page) == []
    assert await sideways_at_double_text(resident.page) <= 0
    await take(resident.page, album(tmp_path) / "ask.png")
    whole = Image.open(io.BytesIO(await resident.page.screenshot(full_page=True)))
    assert whole.width == 360
    place, _, text = decoded(whole).partition(":")[2].split(":", 2)
    raw = from_base45(text)
    assert place == "1/1"
    assert len(raw) <= 1_400, "the most that one code takes"

    carrier = await here.town.phone("渡辺 誠")
    assert (await bundling.hand_in(carrier, bundling.altered(raw, 200))).json()["slug"] == "bundle-forged"
    shot = await picture_of(resident)
    async with await neighbour(playwright, here, tmp_path, [seen(shot), seen(shot, -3)]) as other:
        await other.enrol(await here.town.code_for("高橋 健"))
        await known(other)
        await reads_by_camera(other, 20)
        await other.sees("届けました。ありがとうございます。")
        await take(other.page, album(tmp_path) / "carry.png")
        assert await violations(other.page) == []
        assert await sideways_at_double_text(other.page) <= 0
    assert (await bundling.hand_in(carrier, raw)).json() == {"state": "known", "presses": 20}

    await resident.find_signal()
    await resident.open("/ask")
    await resident.sees("送っていないものはありません")
    await resident.sees("高橋 健さんが20件を届けました")


async def test_what_does_not_fit_goes_in_several_codes_read_in_any_order(
    here: Site, take_up: TakeUp, tmp_path: Path, playwright: Playwright
) -> None:
    president = await here.town.phone("山田 花子")
    notice = (await here.town.post(president, deadline=here.soon()))["id"]
    leader = await take_up("田中 実")
    visits = [
        {"notice": notice, "household": here.town.households["伊藤"], "kind": "not-home"} for _ in range(59)
    ]
    told = {"notice": notice, "household": here.town.households["渡辺"], "kind": "told"}
    await in_the_cellar(leader, "visits", [*visits, told])
    await leader.sees("かわるがわる出ます")
    shots: dict[str, Image.Image] = {}
    while True:
        shot = await picture_of(leader)
        place, total = decoded(shot).split(":")[1].split("/")
        shots[place] = shot
        if len(shots) == int(total):
            break
    assert len(shots) > 3
    await leader.press("とめる")
    await leader.press("次の印")
    mixed = [shots[place] for place in sorted(shots, key=lambda place: (int(place) * 7) % 5)]
    async with await neighbour(playwright, here, tmp_path, [seen(each) for each in mixed]) as other:
        await other.enrol(await here.town.code_for("高橋 健"))
        await known(other)
        await reads_by_camera(other, 60)
        await other.sees("届けました。ありがとうございます。")
    rows = (await story.reach(president, notice))["rows"]
    assert [row["how"] for row in rows if row["name"] == "渡辺"] == ["told"]


async def test_what_is_carried_survives_a_restart_and_leaves_when_there_is_a_signal(
    here: Site, take_up: TakeUp
) -> None:
    president = await here.town.phone("山田 花子")
    resident, other = await take_up("伊藤 さち"), await take_up("高橋 健")
    await in_the_cellar(resident, "stamps", await stamps(here, president, 2, "伊藤"))
    await known(other)
    await other.lose_signal()
    await other.open("/carry")
    photo = await resident.page.locator(".qr canvas").screenshot()
    await choose(other, photo)
    await other.sees("2件を預かりました")
    await choose(other, photo)
    await other.sees("もう預かっています")
    await other.open("/")
    await other.open("/carry")
    await other.sees("電波がもどると届けます。")
    await other.find_signal()
    await other.open("/carry")
    await other.sees("届けました。ありがとうございます。")
    await resident.find_signal()
    await resident.open("/ask")
    await resident.sees("高橋 健さんが2件を届けました")


async def choose(held: Handset, photo: bytes) -> None:
    await held.page.get_by_label("写真から読みとる").set_input_files(
        {"name": "photo.png", "mimeType": "image/png", "buffer": photo}
    )


async def test_what_is_no_bundle_is_called_by_its_name_on_the_neighbours_phone(
    here: Site, take_up: TakeUp
) -> None:
    president = await here.town.phone("山田 花子")
    resident, other = await take_up("伊藤 さち"), await take_up("高橋 健")
    await in_the_cellar(resident, "stamps", await stamps(here, president, 1, "伊藤"))
    await choose_own(resident)
    await known(other)
    other.expect("403")
    await other.open("/carry")
    await other.press("カメラで写す")
    await other.sees("カメラが見つかりません")
    plain = Image.new("RGB", (300, 300), "white")
    await choose(other, png(plain))
    await other.sees("四角い印が見つかりませんでした")
    text = decoded(await picture_of(resident))
    raw = from_base45(text.split(":", 3)[3])
    for wrong, sentence in (
        ("https://example.jp/", "預かるための四角い印ではありません"),
        (text[:-3] + "000", "うまく読みとれませんでした"),
        (framed(raw[:200]), "途中で切れています"),
        (framed(b"\x02" + raw[1:]), "アプリのほうが新しい"),
        (framed(raw[:67] + b"yuri\0\0\0\0" + raw[75:]), "ほかの市の方のものです"),
        (framed(raw[:91] + b"\xff\0\0\0" + raw[95:]), "日づけが先の日"),
        (framed(raw[:91] + b"\x10\0\0\0\x10\0\0\1" + raw[99:]), "期限が切れています"),
    ):
        await choose(other, png(code(wrong)))
        await other.sees(sentence)
    await choose(other, png(code(framed(raw[:-1] + bytes([raw[-1] ^ 1])))))
    await other.sees("届けられませんでした")
    await other.sees("署名を確かめられませんでした")


async def test_a_phone_that_was_enrolled_before_there_were_keys_gets_one_by_itself(
    here: Site, take_up: TakeUp
) -> None:
    resident = await take_up("伊藤 さち")
    await known(resident)
    await resident.lose_signal()
    await resident.page.evaluate("""async () => {
        const { setMeta } = await import("/web/data/store.js");
        for (const name of ["deviceKey", "bundling"]) await setMeta(name, undefined);
    }""")
    [stamp] = await stamps(here, await here.town.phone("山田 花子"), 1, "伊藤")
    await press(resident, "stamps", [stamp])
    await resident.open("/ask")
    await resident.sees("まだ準備ができていません")
    await resident.find_signal()
    await resident.open("/")
    await known(resident)


async def test_without_leave_to_use_the_camera_it_is_said_where_to_give_it(
    here: Site, tmp_path: Path, playwright: Playwright
) -> None:
    async with await neighbour(playwright, here, tmp_path, [Image.new("RGB", SIZE)]) as other:
        await other.enrol(await here.town.code_for("高橋 健"))
        await other.open("/carry")
        await other.press("カメラで写す")
        await other.sees("カメラを許可してください")


async def choose_own(resident: Handset) -> None:
    photo = png(await picture_of(resident))
    await resident.open("/carry")
    await choose(resident, photo)
    await resident.sees("このスマホで作ったものです")
    await resident.open("/ask")
    await resident.sees("1件が入っています")


def png(picture: Image.Image) -> bytes:
    out = io.BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()


def code(text: str) -> Image.Image:
    made = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode)
    return Image.fromarray(zxingcpp.write_barcode_to_image(made, scale=4))
