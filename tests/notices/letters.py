"""Letters to send and a place for their outcomes, for the tests of channels."""

from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from typing import Any

from notices.channels import Mail, MailAddress, Outgoing, Push, PushAddress, Urgency
from notices.outcomes import Outcome
from notices.wording.letter import Letter
from notices.wording.payload import push_of
from notices.wording.render import mail_of
from server.sinks.push import Subscription

ORIGIN = "https://kairan.example.jp"
NOW = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)


def letter(**changes: Any) -> Letter:
    facts: dict[str, Any] = {
        "id": "N" * 21 + "A",
        "kind": "circular",
        "title": "秋の清掃のお願い",
        "body": "**10時**に集会所へ。\n\n- ほうき\n- 軍手",
        "association": "花見月町内会",
        "association_id": "K" * 21 + "A",
        "author": "会長 花田 咲",
        "contact": "集会所 office@example.jp",
        "deadline": datetime(2026, 11, 30, 14, 59, 59, tzinfo=UTC),
    }
    return Letter(**(facts | changes))


def mail(
    number: int,
    to: str | None = None,
    lane: str = "example.jp",
    urgency: Urgency = "ordinary",
    **changes: Any,
) -> Mail:
    body = mail_of(letter(**changes), origin=ORIGIN, sender="kairan@example.jp")
    address = MailAddress(to or f"person{number}@example.jp")
    link = f"{ORIGIN}/u/token-{number}"
    return Mail(f"message-{number}", lane, address, body, link, urgency=urgency)


def mails(count: int, **changes: Any) -> list[Mail]:
    return [mail(number, **changes) for number in range(count)]


def push(subscription: Subscription, number: int = 0, **changes: Any) -> Push:
    address = PushAddress(subscription.endpoint, subscription.p256dh, subscription.auth)
    lane = subscription.endpoint.partition("/push/")[0]
    return Push(f"message-{number}", lane, address, push_of(letter(**changes), origin=ORIGIN))


class Ledger:
    """Takes what a channel says: `outcomes` by message, `crossed` in the order of commits."""

    def __init__(self, not_ours: Collection[str] = ()) -> None:
        self.outcomes: dict[str, Outcome] = {}
        self.crossed: list[str] = []
        self.commits = 0
        self._not_ours = not_ours

    async def settle(self, answers: Sequence[tuple[str, Outcome]]) -> None:
        for message, outcome in answers:
            assert message not in self.outcomes, "a message is settled once"
            self.outcomes[message] = outcome

    async def crossing(self, messages: Sequence[str]) -> Collection[str]:
        ours = [message for message in messages if message not in self._not_ours]
        self.crossed += ours
        self.commits += 1
        return ours

    async def take(self, channel: Any, *batch: Outgoing) -> list[Outcome]:
        """Sends the batch; the outcomes in its order."""
        await channel.send(batch, settle=self.settle, crossing=self.crossing)
        assert set(self.outcomes) >= {message.id for message in batch}
        return [self.outcomes[message.id] for message in batch]
