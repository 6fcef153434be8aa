"""What the stories have in common: who is in them, what an officer asks, and what was sent."""

from collections.abc import Iterable
from email import message_from_bytes
from email.policy import default
from typing import Any

import httpx

from notices.channels import Mail
from notices.channels.memory import MemoryChannel
from tests.phone import Phone
from tests.town import SAKURA, TENANT, Town

PRESIDENT, HUSBAND, LEADER_1, PAPER = "山田 花子", "山田 太郎", "佐藤 一郎", "鈴木 うめ"
OFFICER_2, LEADER_2, RESIDENT, NO_CHANNEL = "高橋 健", "田中 実", "伊藤 さち", "渡辺 誠"
MIDORI_PRESIDENT, MIDORI_LEADER = "小林 茂", "加藤 文"

MAILED = {
    "hanako.yamada@example.jp",
    "ichi..sato@docomo.example.jp",
    "ken.takahashi@example.jp",
    "minoru.tanaka@example.jp",
    "sachi.ito@example.jp",
}
"""Everybody in Sakura who has a mail address; the Yamadas share theirs."""
MAILED_1 = {"hanako.yamada@example.jp", "ichi..sato@docomo.example.jp"}
MAILED_2 = MAILED - MAILED_1

GRADES = ("noChannel", "planned", "handedOver", "onThePhone", "stamped")


async def reach(by: Phone, notice: str, block: str | None = None) -> dict[str, Any]:
    """The ledger, which must add up whenever anybody looks."""
    asked = {"block": block} if block else {}
    answer = await by.http.get(f"/api/v1/notices/{notice}/reach", params=asked)
    assert answer.status_code == 200, answer.text
    ledger: dict[str, Any] = answer.json()
    assert tuple(sorted(ledger["grades"])) == tuple(sorted(GRADES)), "a ledger has its five grades, always"
    assert sum(ledger["grades"].values()) == ledger["households"], (
        "each household stands in exactly one column"
    )
    for each in ledger["blocks"]:
        assert sum(each["grades"].values()) == each["households"], f"the ledger of {each['name']} adds up"
    assert sum(each["households"] for each in ledger["blocks"]) == ledger["households"]
    return ledger


def grade_of(ledger: dict[str, Any], household: str) -> str:
    rows = [row for row in ledger["rows"] if row["household"] == household]
    assert len(rows) == 1, "a household has one row"
    grade: str = rows[0]["grade"]
    return grade


async def notice(by: Phone, id: str) -> dict[str, Any]:
    answer = await by.http.get(f"/api/v1/notices/{id}")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def act(by: Phone, id: str, verb: str) -> httpx.Response:
    return await by.http.post(f"/api/v1/notices/{id}/{verb}")


async def correct(by: Phone, id: str, **said: Any) -> httpx.Response:
    before = await notice(by, id)
    body = {"baseRevision": before["revision"], "resend": "none", "askAgain": False} | said
    return await by.http.patch(f"/api/v1/notices/{id}", json=body)


def mails(here: Town) -> list[Mail]:
    channel = here.house.channels["mail"]
    assert isinstance(channel, MemoryChannel)
    return [each for each in channel.kept if isinstance(each, Mail)]


def sent_to(here: Town) -> list[str]:
    return [each.to.address for each in mails(here)]


def text_of(here: Town, mail: Mail) -> bytes:
    """A mail as it crosses the wire."""
    return mail.body.to(mail.to.address, mail.id, here.clock(), mail.unsubscribe)


def plain(here: Town, mail: Mail) -> str:
    """The text of a mail, as it is read."""
    parsed = message_from_bytes(text_of(here, mail), policy=default)
    part = parsed.get_body(("plain",))
    assert part is not None
    text: str = part.get_content()
    return text


def sent(here: Town) -> int:
    """Messages that left, on any channel."""
    kept = 0
    for channel in here.house.channels.values():
        assert isinstance(channel, MemoryChannel)
        kept += len(channel.kept)
    return kept


def ids_of(phone: Phone, type: str) -> set[str]:
    return {id for kind, id in phone.records if kind == type}


def without(*names: str, of: str = SAKURA) -> str:
    """A roster from which these people have gone."""
    return "".join(line + "\n" for line in of.splitlines() if not any(name in line for name in names))


async def import_roster(
    by: Phone, association: str, csv: str | bytes, content_type: str = "text/csv", **asked: str
) -> httpx.Response:
    data = csv.encode() if isinstance(csv, str) else csv
    return await by.http.post(
        f"/api/v1/associations/{association}/roster",
        content=data,
        headers={"Content-Type": content_type},
        params=asked,
    )


async def people(by: Phone, association: str) -> dict[str, Any]:
    answer = await by.http.get(f"/api/v1/associations/{association}/people")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def names(households: Iterable[dict[str, Any]]) -> set[str]:
    return {person["name"] for home in households for person in home["people"]}


def tenant(phone: Phone) -> str:
    return str(phone.http.headers["Authorization"]).removeprefix("Bearer ").partition("_")[0]


def token(phone: Phone) -> str:
    found: str = phone.http.headers["Authorization"]
    assert found.startswith(f"Bearer {TENANT}_"), "a token begins with the city's short id"
    return found
