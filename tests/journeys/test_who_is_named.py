"""What an officer is told of each delivery: of a mere notice, whose it was only where something is to be mended."""

from pathlib import Path
from typing import Any

from notices.channels import Mail, Outgoing
from notices.channels.memory import MemoryChannel
from notices.ledger.reasons import REASONS
from notices.outcomes import Gone, Outcome, Sent
from tests.journeys.story import PRESIDENT
from tests.journeys.test_delivering import subscription
from tests.phone import Phone
from tests.town import town


async def rows(by: Phone, notice: str) -> list[dict[str, Any]]:
    answer = await by.http.get(f"/api/v1/notices/{notice}/deliveries")
    found: list[dict[str, Any]] = answer.json()["rows"]
    return found


def all_but_the_itos(message: Outgoing) -> Outcome:
    assert isinstance(message, Mail)
    return Gone(550, "mailbox-unknown") if message.to.address.startswith("sachi") else Sent(250)


async def test_deliveries_of_a_notice_name_only_those_that_failed(database_url: str, tmp_path: Path) -> None:
    channels = {"mail": MemoryChannel("mail", all_but_the_itos), "push": MemoryChannel("push")}
    async with town(database_url, tmp_path, channels) as here:
        president = await here.phone(PRESIDENT)
        notice = await here.post(president, kind="notice", deadline=None)
        assert {row["name"] for row in await rows(president, notice["id"])} <= {None}
        await here.work()
        found = await rows(president, notice["id"])
        assert len(found) > 4
        named = [(row["name"], row["household"], row["state"]) for row in found if row["name"]]
        assert named == [("伊藤", here.households["伊藤"], "gone")]
        assert {row["household"] for row in found if not row["name"]} == {None}
        assert all(row["channel"] and row["state"] for row in found)


async def test_deliveries_of_a_circular_name_every_household(database_url: str, tmp_path: Path) -> None:
    async with town(database_url, tmp_path) as here:
        president = await here.phone(PRESIDENT)
        notice = await here.post(president)
        await here.work()
        assert all(row["name"] and row["household"] for row in await rows(president, notice["id"]))


async def test_what_became_of_it_is_counted_per_channel_with_the_reasons(
    database_url: str, tmp_path: Path
) -> None:
    channels = {"mail": MemoryChannel("mail", all_but_the_itos), "push": MemoryChannel("push")}
    async with town(database_url, tmp_path, channels) as here:
        president = await here.phone(PRESIDENT)
        answer = await president.http.put("/api/v1/me/push-subscription", json=subscription())
        assert answer.status_code == 200, answer.text
        notice = await here.post(president)
        await here.work()
        report = (await president.http.get(f"/api/v1/notices/{notice['id']}/deliveries")).json()
        mail, push = report["channels"]
        assert (mail["channel"], mail["total"], mail["states"]) == ("mail", 5, {"sent": 4, "gone": 1})
        assert mail["reasons"] == [{"state": "gone", "reason": REASONS["mailbox-unknown"], "deliveries": 1}]
        assert (push["channel"], push["states"], push["reasons"]) == ("push", {"sent": 1}, [])
        assert report["total"] == 6, "the president hears by push alone"
        assert report["states"] == {"sent": 5, "gone": 1}
        assert report["rows"][0]["name"] == "伊藤", "what failed comes first"
