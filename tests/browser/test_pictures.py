"""The pictures of the documents: each screen as people have it before them."""

from pathlib import Path

import pytest
from PIL import Image
from playwright.async_api import expect

from tests.browser import screens
from tests.browser.autumn import GARBAGE, Autumn, autumn
from tests.browser.conftest import TakeUp
from tests.browser.handset import Handset
from tests.browser.pictures import album, take
from tests.browser.site import Site

pytestmark = pytest.mark.browser

LARGEST = 60_000
"""Bytes of a picture."""
WIDE = {"width": 1280, "height": 800}


@pytest.mark.parametrize("here", ["kairan.hanamizuki.example.jp"], indirect=True)
async def test_the_screens_are_pictured_small_enough_to_keep(
    here: Site, take_up: TakeUp, tmp_path: Path
) -> None:
    folder = album(tmp_path / "screens")
    settled = await autumn(here)
    resident, president = await take_up(), await take_up("山田 花子")
    pictured = [
        *await of_the_resident(resident, await here.town.code_for("伊藤 さち"), settled, folder),
        *await of_the_president(president, settled, folder),
    ]
    for path in pictured:
        with Image.open(path) as picture:
            assert picture.size == ((1280, 800) if "-wide" in path.name else (360, 740))
        assert path.stat().st_size <= LARGEST


async def of_the_resident(resident: Handset, code: str, settled: Autumn, folder: Path) -> list[Path]:
    await resident.open("/enrol")
    await resident.sees("登録するとこうなります")
    enrol = await picture(resident, folder, "enrol")
    await resident.enrol(code)
    await resident.open("/")
    await resident.press("今はしない")
    await resident.sees("敬老の集いのお礼")
    list_ = await picture(resident, folder, "list")
    wide = await wide_picture(resident, folder, "list")
    await resident.press(GARBAGE)
    await resident.lose_signal()
    await resident.press("読みました")
    await resident.sees("電波がもどると送ります")
    await resident.open(f"/n/{settled.garbage}")
    await resident.sees("圏外です。")
    await expect(resident.page.locator(".stamped")).to_be_visible()
    return [enrol, list_, wide, await picture(resident, folder, "stamped")]


async def of_the_president(president: Handset, settled: Autumn, folder: Path) -> list[Path]:
    await president.open(f"/reach/{settled.cleaning}")
    await president.sees("班ごと")
    taken = [await picture(president, folder, "reach"), await wide_picture(president, folder, "reach")]
    await screens.begin_to_write(president)
    taken.append(await picture(president, folder, "write"))
    await screens.check(president)
    await president.page.get_by_role("region", name="届く見込み").scroll_into_view_if_needed()
    taken.append(await picture(president, folder, "forecast"))
    await president.open(f"/sent/{settled.cleaning}")
    await president.sees("17世帯に届けます")
    taken.append(await picture(president, folder, "sent"))
    await screens.make_slips(president)
    await president.page.locator("#sheet").scroll_into_view_if_needed()
    taken.append(await picture(president, folder, "slips"))
    await screens.open_a_block(president)
    taken.append(await picture(president, folder, "people"))
    await president.open("/settings")
    await president.sees("届いたときの知らせ")
    return [*taken, await picture(president, folder, "settings")]


async def picture(held: Handset, folder: Path, name: str) -> Path:
    path = folder / f"{name}.png"
    await take(held.page, path)
    return path


async def wide_picture(held: Handset, folder: Path, name: str) -> Path:
    await held.page.set_viewport_size({"width": WIDE["width"], "height": WIDE["height"]})
    path = await picture(held, folder, f"{name}-wide")
    await held.page.set_viewport_size({"width": 360, "height": 740})
    return path
