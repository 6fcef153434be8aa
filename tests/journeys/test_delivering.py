"""What leaves the house: mail and push, once each, and never after somebody said no."""

from base64 import urlsafe_b64encode
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from notices.channels import Mail, Outgoing, Push
from notices.channels.memory import MemoryChannel
from notices.outcomes import Gone, Outcome, Sent
from tests.journeys import story
from tests.journeys.story import MAILED, NO_CHANNEL, PRESIDENT, RESIDENT
from tests.phone import Phone
from tests.town import Town, circular, town


def subscription(number: int = 1) -> dict[str, Any]:
    point = ec.generate_private_key(ec.SECP256R1()).public_key()
    raw = point.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    keys = {"p256dh": _text(raw), "auth": _text(bytes(range(16)))}
    return {"endpoint": f"http://127.0.0.1:1/push/{number}", "keys": keys}


def _text(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


async def subscribe(phone: Phone, what: dict[str, Any]) -> None:
    answer = await phone.http.put("/api/v1/me/push-subscription", json=what)
    assert (answer.status_code, answer.json().get("state")) == (200, "live"), answer.text


def pushes(here: Town) -> list[Push]:
    channel = here.house.channels["push"]
    assert isinstance(channel, MemoryChannel)
    return [each for each in channel.kept if isinstance(each, Push)]


def letter(here: Town, mail: Mail) -> EmailMessage:
    parsed = message_from_bytes(story.text_of(here, mail), policy=policy.SMTP)
    assert isinstance(parsed, EmailMessage)
    return parsed


async def test_a_mail_carries_the_text_one_recipient_and_a_way_out(database_url: str, tmp_path: Path) -> None:
    async with town(database_url, tmp_path) as here:
        president = await here.phone(PRESIDENT)
        notice = await here.post(president)
        await here.work()
        names = set()
        for mail in story.mails(here):
            read = letter(here, mail)
            names.add(read["Message-ID"])
            assert [each.addr_spec for each in read["To"].addresses] == [mail.to.address] or ".." in str(
                read["To"]
            )
            assert circular()["title"] in read["Subject"]
            assert read["Auto-Submitted"] == "auto-generated"
            assert read["List-Id"]
            assert read["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
            assert f"<{here.house.settings.origin}/u/" in read["List-Unsubscribe"]
            text = read.get_body(("plain",))
            html = read.get_body(("html",))
            assert text is not None
            assert html is not None
            assert "公園と側溝を清掃します" in text.get_content(), "a message without its content is useless"
            assert here.house.settings.origin in text.get_content()
            assert "<script" not in html.get_content()
            assert "<img" not in html.get_content(), "no tracking"
            assert notice["id"] in text.get_content(), "the link opens this notice"
        assert len(names) == len(story.mails(here)), "each message has its own Message-ID"


async def test_a_person_hears_by_their_first_channel_and_once(database_url: str, tmp_path: Path) -> None:
    async with town(database_url, tmp_path) as here:
        president, resident, silent = [await here.phone(each) for each in (PRESIDENT, RESIDENT, NO_CHANNEL)]
        await subscribe(resident, subscription(1))
        await subscribe(silent, subscription(2))
        await subscribe(silent, subscription(2) | {"endpoint": "http://127.0.0.1:1/push/3"})
        notice = await here.post(president)
        await here.work()
        await here.work()
        assert {each.to.endpoint.rpartition("/")[2] for each in pushes(here)} == {"1", "3"}
        assert len(pushes(here)) == 2, "a device has one subscription, the newest"
        assert set(story.sent_to(here)) == MAILED - {"sachi.ito@example.jp"}, (
            "push first; mail is a step of the ladder"
        )
        ledger = await story.reach(president, notice["id"])
        assert story.grade_of(ledger, here.households["渡辺"]) == "handedOver"
        stopped = await silent.http.delete("/api/v1/me/push-subscription")
        assert stopped.status_code == 204
        await here.post(president, title="次のお知らせ")
        await here.work()
        assert len(pushes(here)) == 3, "who switched it off hears nothing more"


async def test_a_push_subscription_moves_to_a_newer_device_with_the_same_keys_only(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here:
        president, before, after = [await here.phone(each) for each in (PRESIDENT, RESIDENT, NO_CHANNEL)]
        one = subscription(1)
        await subscribe(before, one)
        thief = await after.http.put("/api/v1/me/push-subscription", json=subscription(1))
        assert (thief.status_code, thief.json()["slug"]) == (409, "push-endpoint-taken")
        await subscribe(after, one)
        listed = (await before.http.get("/api/v1/me/devices")).json()["devices"]
        assert [each["push"] for each in listed] == [False], "an endpoint has one current device"
        listed = (await after.http.get("/api/v1/me/devices")).json()["devices"]
        assert [each["push"] for each in listed] == [True]
        notice = await here.post(president)
        await here.work()
        assert len(pushes(here)) == 1, "and one person is told, not two"
        ledger = await story.reach(president, notice["id"])
        assert story.grade_of(ledger, here.households["渡辺"]) == "handedOver"


async def test_a_revoked_phone_is_pushed_to_no_more(database_url: str, tmp_path: Path) -> None:
    async with town(database_url, tmp_path) as here:
        president, lost = await here.phone(PRESIDENT), await here.phone(NO_CHANNEL)
        await subscribe(lost, subscription(1))
        notice = await here.post(president)
        await president.http.delete(f"/api/v1/associations/{here.sakura}/devices/{lost.device}")
        await here.work()
        assert pushes(here) == [], "looked at again when it is claimed"
        rows = (await president.http.get(f"/api/v1/notices/{notice['id']}/deliveries")).json()["rows"]
        (row,) = [each for each in rows if each["household"] == here.households["渡辺"]]
        assert row["state"] in ("skipped", "gone")
        assert row["reason"]


async def test_unsubscribing_takes_a_post_and_a_get_changes_nothing(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here:
        president = await here.phone(PRESIDENT)
        await here.post(president)
        await here.work()
        (mail,) = [each for each in story.mails(here) if each.to.address == "sachi.ito@example.jp"]
        link = letter(here, mail)["List-Unsubscribe"].strip(" <>")
        path = link.removeprefix(here.house.settings.origin)
        async with here.http() as scanner:
            for _ in range(3):
                page = await scanner.get(path)
                assert page.status_code == 200
                assert "html" in page.headers["content-type"]
            assert (await scanner.head(path)).status_code in (200, 405)
            await here.post(president, title="二つ目")
            await here.work()
            assert story.sent_to(here).count("sachi.ito@example.jp") == 2, "machines click links"
            done = await scanner.post(path, data={"List-Unsubscribe": "One-Click"})
            assert done.status_code == 200, done.text
            again = await scanner.post(path, data={"List-Unsubscribe": "One-Click"})
            assert again.status_code == 200, "a second press does no harm"
            forged = await scanner.post(path[:-4] + "AAAA", data={"List-Unsubscribe": "One-Click"})
            assert forged.status_code in (403, 404, 410)
        notice = await here.post(president, title="三つ目")
        await here.work()
        assert story.sent_to(here).count("sachi.ito@example.jp") == 2
        assert story.sent_to(here).count("minoru.tanaka@example.jp") == 3, "nobody else is touched"
        ledger = await story.reach(president, notice["id"])
        assert story.grade_of(ledger, here.households["伊藤"]) == "noChannel", "and the officer can see it"


async def test_who_unsubscribes_between_plan_and_send_gets_nothing(database_url: str, tmp_path: Path) -> None:
    async with town(database_url, tmp_path) as here:
        president = await here.phone(PRESIDENT)
        await here.post(president)
        await here.work()
        (mail,) = [each for each in story.mails(here) if each.to.address == "sachi.ito@example.jp"]
        notice = await here.post(president, title="二つ目")
        assert mail.unsubscribe is not None
        async with here.http() as browser:
            await browser.post(mail.unsubscribe.removeprefix(here.house.settings.origin))
        await here.work()
        assert story.sent_to(here).count("sachi.ito@example.jp") == 1
        rows = (await president.http.get(f"/api/v1/notices/{notice['id']}/deliveries")).json()["rows"]
        (row,) = [each for each in rows if each["household"] == here.households["伊藤"]]
        assert row["state"] == "skipped"
        assert row["reason"], "and it says why nothing was sent"


async def test_a_dead_subscription_is_dropped_and_the_others_go_on(database_url: str, tmp_path: Path) -> None:
    def dead(message: Outgoing) -> Outcome:
        assert isinstance(message, Push)
        return Gone(410, "gone") if message.to.endpoint.endswith("/1") else Sent(201)

    channels = {"mail": MemoryChannel("mail"), "push": MemoryChannel("push", dead)}
    async with town(database_url, tmp_path, channels) as here:
        president, first, second = [await here.phone(each) for each in (PRESIDENT, RESIDENT, NO_CHANNEL)]
        await subscribe(first, subscription(1))
        await subscribe(second, subscription(2))
        await here.post(president)
        await here.work()
        assert [each.to.endpoint[-1] for each in pushes(here)] == ["2"]
        listed = (await first.http.get("/api/v1/me/devices")).json()["devices"]
        assert listed[0]["push"] is False, "the phone is asked to subscribe again"
        assert (await first.http.get("/api/v1/me")).status_code == 200, "but it is still enrolled"
        assert set(story.sent_to(here)) == MAILED


async def test_quiet_workers_send_nothing_twice(database_url: str, tmp_path: Path) -> None:
    async with town(database_url, tmp_path) as here:
        president = await here.phone(PRESIDENT)
        await here.post(president)
        await here.work()
        before = story.sent(here)
        for _ in range(3):
            here.clock.pass_(days=1)
            await here.work()
        assert story.sent(here) == before
