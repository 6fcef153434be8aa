"""A clerk makes a passkey with the browser's own machinery, and comes in by it in another browser."""

from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import CDPSession, expect

from tests.browser.access import sideways_at_double_text, violations
from tests.browser.conftest import TakeUp
from tests.browser.handset import Handset
from tests.browser.pictures import album, take
from tests.browser.site import Site
from tests.journeys import city_hall

pytestmark = [pytest.mark.browser, pytest.mark.parametrize("here", [{"host": "localhost"}], indirect=True)]

CLERK = "石川 真"


async def with_authenticator(held: Handset, *, verified: bool = True) -> tuple[CDPSession, str]:
    """Chromium's virtual authenticator (CDP, WebAuthn domain), with or without the user's finger on it."""
    cdp = await held.context.new_cdp_session(held.page)
    await cdp.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": verified,
        "automaticPresenceSimulation": True,
    }
    made = await cdp.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    return cdp, made["authenticatorId"]


async def credentials(cdp: CDPSession, authenticator: str) -> list[dict[str, Any]]:
    found = await cdp.send("WebAuthn.getCredentials", {"authenticatorId": authenticator})
    kept: list[dict[str, Any]] = found["credentials"]
    return kept


async def clerk_with_passkey(here: Site, take_up: TakeUp) -> tuple[Handset, CDPSession, str]:
    held = await take_up()
    cdp, authenticator = await with_authenticator(held)
    await held.enrol(await city_hall.slip_for(here.town, CLERK))
    await held.open("/settings")
    await held.press("この端末にパスキーを作る")
    await held.sees("に作りました")
    return held, cdp, authenticator


async def test_a_passkey_is_made_in_the_settings_and_opens_another_browser(
    here: Site, take_up: TakeUp, tmp_path: Path
) -> None:
    held, cdp, authenticator = await clerk_with_passkey(here, take_up)
    assert await violations(held.page) == []
    assert await sideways_at_double_text(held.page) <= 0
    await held.page.get_by_role("heading", name="パスキー").scroll_into_view_if_needed()
    await take(held.page, album(tmp_path) / "passkey.png")
    [kept] = await credentials(cdp, authenticator)
    assert kept["rpId"] == "localhost"
    other = await take_up()
    cdp2, authenticator2 = await with_authenticator(other)
    await cdp2.send("WebAuthn.addCredential", {"authenticatorId": authenticator2, "credential": kept})
    await other.open("/enrol")
    await other.sees("市の仕事をする方へ")
    assert await violations(other.page) == []
    await other.press("パスキーで入る")
    await other.sees(f"{CLERK}さんとして登録しました")
    await other.press("お知らせを見る")
    await expect(other.page.get_by_role("link", name="送信の様子")).to_be_visible()


async def test_a_browser_without_passkeys_or_without_a_finger_says_so_in_words(
    here: Site, take_up: TakeUp
) -> None:
    held = await take_up()
    await with_authenticator(held, verified=False)
    await held.enrol(await city_hall.slip_for(here.town, CLERK))
    await held.open("/settings")
    await held.press("この端末にパスキーを作る")
    await held.sees("確かめが終わりませんでした")
    assert await violations(held.page) == []


async def test_a_second_passkey_on_the_same_device_is_not_made_twice(here: Site, take_up: TakeUp) -> None:
    held, _, _ = await clerk_with_passkey(here, take_up)
    await held.press("この端末にパスキーを作る")
    await held.sees("この端末には、もうパスキーがあります。")
    await held.press("パスキーを消す")
    await held.page.locator(".confirm").get_by_role("button", name="パスキーを消す").tap()
    await held.sees("この端末にパスキーを作ってください。")


async def test_a_resident_is_offered_no_passkey(here: Site, take_up: TakeUp) -> None:
    resident = await take_up("伊藤 さち")
    await resident.open("/settings")
    await resident.sees("届いたときの知らせ")
    await expect(resident.page.get_by_role("heading", name="パスキー")).to_have_count(0)
