"""No pixel, no tracked link: what leaves the house is the same for everybody, and says nothing when it is looked at."""

import re
from collections.abc import Iterator
from email import message_from_bytes, policy
from pathlib import Path

import pytest

from notices.channels import Mail, Push
from notices.channels.memory import MemoryChannel
from tests.journeys.story import PRESIDENT, RESIDENT, correct, mails, text_of
from tests.journeys.test_delivering import subscription
from tests.town import ORIGIN, Town, town

ROOT = Path(__file__).parents[2]
LINK = re.compile(r"https?://[^\s\"'<>)]+")
FETCHED = re.compile(
    r"<(?:img|link|script|iframe|video|audio|source|object|embed|picture|svg)\b|url\(|@import", re.I
)
UNSUBSCRIBE = re.compile(rf"{re.escape(ORIGIN)}/u(?:/[a-z]+)?/(?P<token>[A-Za-z0-9_.-]+)")
OURS = re.compile(rf"{re.escape(ORIGIN)}/((n|reach)/[A-Za-z0-9_-]{{22}})?")
"""The app, a notice, and for officers its ledger."""
PAGES = [
    *sorted((ROOT / "notices" / "wording" / "templates").iterdir()),
    *sorted((ROOT / "server" / "templates").iterdir()),
    *sorted((ROOT / "server" / "demo" / "templates").iterdir()),
    ROOT / "server" / "web" / "index.html",
]
SCRIPTS = [path for path in sorted((ROOT / "server" / "web").rglob("*.js")) if "vendor" not in path.parts]


def texts(here: Town, mail: Mail) -> Iterator[tuple[str, str]]:
    """(kind, content) of each part that a reader or a program sees."""
    message = message_from_bytes(text_of(here, mail), policy=policy.default)
    for part in message.walk():
        if not part.is_multipart():
            yield part.get_content_type(), str(part.get_content())


async def everything_that_leaves(here: Town) -> str:
    """A circular, a correction of it, a mere notice, a reminder. → the circular's id."""
    president, resident = await here.phone(PRESIDENT), await here.phone(RESIDENT)
    for phone in (president, resident):
        endpoint = {"endpoint": f"http://127.0.0.1:1/{phone.person}"}
        answer = await phone.http.put("/api/v1/me/push-subscription", json=subscription() | endpoint)
        assert answer.status_code == 200, answer.text
    said = "見てください https://www.example.jp/map よろしく"
    circular = await here.post(president, body=said, deadline="2026-12-20")
    await here.post(president, kind="notice", deadline=None, topic="money")
    await here.work()
    assert (await correct(president, circular["id"], title="訂正", resend="all")).status_code == 200
    await here.work()
    for _ in range(30):
        here.clock.pass_(days=1)
        await here.work()
    id: str = circular["id"]
    return id


async def test_a_link_in_a_mail_leads_to_its_notice_or_ends_the_mail_and_nothing_is_fetched(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here:
        await everything_that_leaves(here)
        sent = mails(here)
        assert len(sent) > 12
        for mail in sent:
            for kind, content in texts(here, mail):
                assert not FETCHED.search(content), f"something is fetched from {kind}"
                for link in LINK.findall(content):
                    own = link == "https://www.example.jp/map"  # what its author wrote, as it was written
                    assert own or OURS.fullmatch(link) or UNSUBSCRIBE.fullmatch(link), link


async def test_a_mail_is_the_same_for_all_who_get_it_up_to_the_token_that_unsubscribes(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here:
        await everything_that_leaves(here)
        by_subject: dict[str, set[str]] = {}
        tokens: dict[str, set[str]] = {}
        for mail in mails(here):
            for kind, content in texts(here, mail):
                tokens.setdefault(mail.to.address, set()).update(
                    found["token"] for found in UNSUBSCRIBE.finditer(content)
                )
                without = UNSUBSCRIBE.sub(lambda found: found[0].replace(found["token"], ""), content)
                subject = message_from_bytes(text_of(here, mail), policy=policy.default)["Subject"]
                by_subject.setdefault(f"{subject} {kind}", set()).add(without)
        assert len(by_subject) >= 4
        assert {key: len(found) for key, found in by_subject.items() if len(found) > 1} == {}
        assert len(tokens) > 3
        assert all(len(each) == 1 for each in tokens.values()), (
            "of an address, for good: no mail has one of its own"
        )


async def test_a_push_is_the_same_for_all_who_get_it(database_url: str, tmp_path: Path) -> None:
    async with town(database_url, tmp_path) as here:
        id = await everything_that_leaves(here)
        channel = here.house.channels["push"]
        assert isinstance(channel, MemoryChannel)
        pushes = [each for each in channel.kept if isinstance(each, Push)]
        about = {each.to.endpoint: bytes(each.body.payload) for each in pushes[:2]}
        assert len(about) == 2
        assert len(set(about.values())) == 1
        links = {link for each in pushes for link in LINK.findall(bytes(each.body.payload).decode())}
        assert f"{ORIGIN}/n/{id}" in links
        assert all(OURS.fullmatch(link) for link in links - {"https://www.example.jp/map"})


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)
def test_a_page_or_template_names_no_other_house(page: Path) -> None:
    assert LINK.findall(page.read_text()) == []


def test_no_script_of_ours_names_another_house_or_reports_behind_the_readers_back() -> None:
    for script in SCRIPTS:
        text = script.read_text()
        assert LINK.findall(text) == [], script.name
        assert "sendBeacon" not in text, script.name


async def test_the_browser_is_told_to_ask_nobody_else(sqlite_database: str, tmp_path: Path) -> None:
    async with town(sqlite_database, tmp_path) as here, here.http() as http:
        for path in ("/", "/enrol", "/privacy"):
            answer = await http.get(path)
            policy_ = answer.headers["content-security-policy"]
            assert "default-src 'none'" in policy_ or "default-src 'self'" in policy_
            assert not LINK.search(policy_), policy_
            assert answer.headers["referrer-policy"] in ("no-referrer", "same-origin")
