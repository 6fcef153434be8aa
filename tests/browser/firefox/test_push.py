"""Web push in a real browser, end to end: the person's press in the page, our encryption, Firefox's decryption, the
notification on the screen, and the press on it."""

from contextlib import suppress
from datetime import UTC, datetime

import httpx
import pytest
from pywebpush import WebPusher
from sqlalchemy import select

from notices.channels.vapid import Vapid
from notices.models import Address
from tests.browser.firefox import notifications
from tests.browser.firefox.fox import Fox, until
from tests.browser.firefox.push_service import DELIVERED, PushService
from tests.browser.gate import Refusal
from tests.browser.site import Site
from tests.phone import Phone

pytestmark = pytest.mark.browser

NOTICE = {"title": "台風への備えについて", "body": "雨戸を閉めて、植木鉢を家に入れてください。"}
TITLE = "回覧：台風への備えについて"


async def states(here: Site) -> list[tuple[str, str | None]]:
    """Of the resident's subscriptions, oldest first, each with its reason."""
    async with here.town.house.db.read() as session:
        query = select(Address.state, Address.reason).where(Address.channel == "push")
        rows = await session.execute(query.order_by(Address.created_at, Address.id))
        return [(state, reason) for state, reason in rows]


async def becomes(here: Site, *wanted: tuple[str, str | None]) -> None:
    async def is_so() -> bool:
        return await states(here) == list(wanted)

    with suppress(TimeoutError):
        await until(is_so)
    assert await states(here) == list(wanted)


async def test_a_phone_that_only_its_browser_has_subscribed_does_not_promise_notifications(
    here: Site, enrolled: Fox
) -> None:
    here.gate.refusal = Refusal("/api/v1/me/push-subscription", 503, "crowded", "ただいま混みあっています。")
    await enrolled.open("/settings")
    await enrolled.press("知らせを受けとる")
    await enrolled.sees("ただいま混みあっています。")
    await enrolled.open("/settings")
    await enrolled.sees("まだ知らせは届きません。")
    here.gate.refusal = None
    await enrolled.press("知らせを受けとる")
    await enrolled.sees("このスマホに知らせが届きます。")
    assert await states(here) == [("live", None)]


async def test_a_push_is_shown_and_the_press_on_it_opens_the_notice(
    here: Site, service: PushService, president: Phone, resident: Fox
) -> None:
    notice = await here.town.post(president, deadline=here.soon(), **NOTICE)
    text = await notifications.on_the_screen(resident, TITLE)
    assert NOTICE["body"] in text
    [told] = await notifications.told_to_the_page(resident)
    assert told == {"title": TITLE, "body": text, "tag": f"notice-{notice['id']}"}
    await notifications.press(resident, TITLE)
    await resident.sees(NOTICE["body"])
    assert await resident.driver.run("return location.pathname") == f"/n/{notice['id']}"
    assert await notifications.told_to_the_page(resident) == []
    assert (service.answered, service.acknowledged) == ([201], [DELIVERED])


async def test_a_push_that_waited_for_the_browser_is_shown_at_its_start_and_its_notice_read_without_a_signal(
    here: Site, service: PushService, president: Phone, resident: Fox
) -> None:
    await resident.switch_off()
    notice = await here.town.post(president, deadline=here.soon(), **NOTICE)
    await until(lambda: service.answered == [201])
    await resident.switch_on()
    assert NOTICE["body"] in await notifications.on_the_screen(resident, TITLE)
    assert await states(here) == [("live", None)], "the subscription outlives the browser"
    await until(lambda: resident.keeps("notices", notice["id"]))
    await here.stop()
    await notifications.press(resident, TITLE)
    await resident.in_the_newest_tab()
    await resident.sees(NOTICE["body"])
    await resident.sees("圏外です。保存したお知らせを表示しています")
    assert await resident.driver.run("return location.pathname") == f"/n/{notice['id']}"
    assert service.acknowledged == [DELIVERED]


async def test_a_subscription_that_the_service_has_dropped_is_made_anew_at_the_next_start_of_the_app(
    here: Site, service: PushService, president: Phone, resident: Fox
) -> None:
    service.drop()
    await here.town.post(president, deadline=here.soon(), title="届かないお知らせ")
    await becomes(here, ("gone", "unsubscribed"))
    await resident.open("/")
    await becomes(here, ("gone", "unsubscribed"), ("live", None))
    await here.town.post(president, deadline=here.soon(), **NOTICE)
    await notifications.on_the_screen(resident, TITLE)
    assert (service.answered, service.acknowledged) == ([410, 201], [DELIVERED])


async def test_a_browser_whose_subscription_is_lost_makes_another_without_its_person(
    here: Site, service: PushService, president: Phone, resident: Fox
) -> None:
    await resident.go("about:blank")
    service.forget()
    await service.hang_up()
    await becomes(here, ("gone", "replaced"), ("live", None))
    await here.town.post(president, deadline=here.soon(), **NOTICE)
    await notifications.on_the_screen(resident, TITLE)
    await resident.open("/")
    # As when its person has cleared what the browser kept, or the worker could not renew it in time.
    await resident.driver.run(
        "await (await (await navigator.serviceWorker.ready).pushManager.getSubscription()).unsubscribe()"
    )
    await resident.open("/")
    await becomes(here, ("gone", "replaced"), ("gone", "replaced"), ("live", None))


async def test_a_push_that_cannot_be_read_is_shown_all_the_same(
    here: Site, service: PushService, resident: Fox
) -> None:
    subscription = await resident.driver.run(
        "return (await (await navigator.serviceWorker.ready).pushManager.getSubscription()).toJSON()"
    )
    vapid = Vapid(here.town.house.keys.vapid, "mailto:kairan@example.jp", lambda: datetime.now(UTC))
    headers = {"Authorization": vapid.authorization(service.origin), "TTL": "60"}
    unread = WebPusher(subscription).encode("これは読めません".encode())["body"]
    async with httpx.AsyncClient() as http:
        for body in (b"", unread):
            encoding = {"Content-Encoding": "aes128gcm"} if body else {}
            answer = await http.post(subscription["endpoint"], content=body, headers=headers | encoding)
            assert answer.status_code == 201
            text = await notifications.on_the_screen(resident, "回覧")
            assert text == "新しいお知らせがあります。開いてお読みください。"
            await notifications.press(resident, "回覧")
            await resident.sees("お知らせはまだありません")
    assert service.acknowledged == [DELIVERED, DELIVERED]
