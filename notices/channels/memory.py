"""A channel that sends nothing and keeps what it got: for tests, and for a city that only wants to look."""

from collections import deque
from collections.abc import Callable, Sequence

from notices.channels import Crossing, Outgoing, Settle
from notices.outcomes import Later, Outcome, Sent


class MemoryChannel:
    """Keeps the last `keep` messages in `kept`, newest last; `answer` decides each outcome (default: sent)."""

    def __init__(
        self, name: str, answer: Callable[[Outgoing], Outcome] = lambda _: Sent(250), keep: int = 10_000
    ) -> None:
        self.name = name
        self.kept: deque[Outgoing] = deque(maxlen=keep)
        self.answer = answer

    async def send(self, batch: Sequence[Outgoing], *, settle: Settle, crossing: Crossing) -> None:
        ids = [message.id for message in batch]
        ours = set(await crossing(ids) if self.name == "mail" else ids)
        for message in batch:
            outcome = self.answer(message) if message.id in ours else Later(None, "lease-lost")
            if isinstance(outcome, Sent):
                self.kept.append(message)
            await settle([(message.id, outcome)])

    async def close(self) -> None:
        """Nothing to let go of."""
