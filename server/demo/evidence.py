"""PURE: what must have come out, read from the roster file itself, and what did, as the sinks have it.

Nothing here asks the house: an error of planning or delivering must not excuse itself.
"""

import csv
import io
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from server.sinks.mail import Letterbox
from server.sinks.push import Received

Door = tuple[str, int]
"""A household as people find it: the block's name, and its place in the walking order."""
MAIL_HEADERS: Final = ("Message-ID", "List-Unsubscribe", "List-Id", "Auto-Submitted", "Date")


@dataclass(frozen=True, slots=True)
class Member:
    number: str
    name: str
    born: int
    mail: str
    title: str


@dataclass(frozen=True, slots=True)
class Home:
    door: Door
    paper: bool
    members: Sequence[Member]

    def mails(self) -> Counter[str]:
        """How many of them share each mailbox; one copy per mailbox is right."""
        return Counter(member.mail for member in self.members if member.mail)


@dataclass(frozen=True, slots=True)
class Copies:
    """What the sinks got: by mail address, and by the name of a push subscription."""

    mail: Counter[str]
    push: Counter[str]


@dataclass(frozen=True, slots=True)
class Tally:
    """Of one household and channel: deliveries that should be, those whose copy did not come, copies too many."""

    due: int
    missing: int
    extra: int


def homes(roster: bytes) -> list[Home]:
    """The households of a CSV, in its order."""
    members: dict[Door, dict[str, Member]] = {}
    paper: dict[Door, bool] = {}
    for row in csv.DictReader(io.StringIO(roster.decode("utf-8-sig"))):
        door = (row["班"], int(row["巡回順"]))
        paper[door] = bool(row["紙"])
        home = members.setdefault(door, {})
        if row["氏名"]:
            seat = home[row["住民番号"]].title + " " if row["住民番号"] in home else ""
            home[row["住民番号"]] = Member(
                row["住民番号"], row["氏名"], int(row["生年"]), row["メール"], seat + row["役職"]
            )
    return [Home(door, paper[door], tuple(home.values())) for door, home in members.items()]


def copies(mails: Sequence[str], pushes: Sequence[Received]) -> Copies:
    return Copies(Counter(mails), Counter(push.name for push in pushes))


def tally_mail(home: Home, phones: Mapping[str, str], got: Copies) -> Tally:
    """Mail is for whoever has no phone; where a push never arrived, at once for the home's others too.

    `phones`: name of a subscription → number of its owner. A mailbox that two people share gets one copy and stands for
    two deliveries.
    """
    shared = Counter(each.mail for each in home.members if each.mail and each.number not in phones.values())
    if any(not got.push[name] for name in phones):
        late = [each.mail for each in home.members if each.mail and each.mail not in shared]
        shared.update(late)
    missing = sum(people for mail, people in shared.items() if not got.mail[mail])
    extra = sum(max(0, got.mail[mail] - 1) for mail in shared)
    return Tally(shared.total(), missing, extra)


def tally_push(names: Collection[str], got: Copies) -> Tally:
    missing = sum(1 for name in names if not got.push[name])
    return Tally(len(names), missing, sum(max(0, got.push[name] - 1) for name in names))


def wrong_mails(mails: Sequence[Letterbox], title: str, words: str) -> list[str]:
    """A sentence for each mail that is not what a person should get."""
    return [why for mail in mails if (why := _wrong_mail(mail, title, words))]


def _wrong_mail(mail: Letterbox, title: str, words: str) -> str:
    parsed = mail.parsed
    if len(mail.recipients) != 1:
        return f"mail {mail.id} has {len(mail.recipients)} recipients"
    if missing := [name for name in MAIL_HEADERS if not parsed[name]]:
        return f"mail {mail.id} has no {', '.join(missing)}"
    # Read here and once: `Letterbox.body` parses the whole mail for each part.
    text, html = (parsed.get_body((kind,)) for kind in ("plain", "html"))
    if html is None or text is None or words not in text.get_content() or title not in str(parsed["Subject"]):
        return f"mail {mail.id} does not say what was written"
    return ""


def wrong_pushes(
    pushes: Sequence[Received], title: str, notice: str, refused: Mapping[str, int]
) -> list[str]:
    wrong = [f"the push service refused {count} for their {why}" for why, count in refused.items()]
    for push in pushes:
        message = push.message()
        shown = message["notification"]
        if title not in shown["title"] or shown["data"]["id"] != notice:
            wrong.append(f"the push to {push.name} does not say what was written")
    return wrong
