"""A message that cannot be made stops nobody, and says nothing of whose it is."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from notices.channels import Mail
from notices.channels.lanes import through_lanes
from notices.outcomes import Crashed, Outcome, Sent
from tests.notices.letters import mail


async def tried(*batch: Mail) -> dict[str, Outcome]:
    """Every message to somebody called hanako raises, with her address in what it says."""
    outcomes: dict[str, Outcome] = {}

    async def send_one(message: Mail) -> Outcome:
        if message.to.address.startswith("hanako"):
            raise ValueError(f"cannot encode {message.to.address}")
        return Sent(250)

    async def settle(answers: Sequence[tuple[str, Outcome]]) -> None:
        outcomes.update(answers)

    await through_lanes(batch, slots=2, send_one=send_one, settle=settle)
    return outcomes


async def test_the_log_names_the_message_and_the_place_but_no_address(
    caplog: pytest.LogCaptureFixture,
) -> None:
    bad, good = mail(1, "hanako@example.jp"), mail(2, "taro@example.jp")
    assert await tried(bad, good) == {bad.id: Crashed(), good.id: Sent(250)}
    assert bad.id in caplog.text
    assert "ValueError at test_lanes.py:" in caplog.text
    assert "hanako" not in caplog.text
    assert "cannot encode" not in caplog.text


async def test_a_crash_counts_those_before_it() -> None:
    bad = replace(mail(1, "hanako@example.jp"), crashes=2)
    assert await tried(bad) == {bad.id: Crashed(crashes=3)}
