"""One message of our own goes the way of all messages: its lane is open or rests, and learns from what is answered."""

from collections.abc import Collection, Sequence

from notices.channels import Mail, Outgoing, Push
from notices.deliver import lanes
from notices.outcomes import Later, Outcome
from server.house import House


async def let_out(house: House, channel: str, message: Mail | Push) -> Outcome:
    """What the channel says of it. A lane that rests is left alone: that it does is what the canary then tells."""
    async with house.db.read() as session:
        health = await lanes.health(session, channel, message.lane)
    if lanes.is_shut(health, house.clock(), express=False):
        return Later(None, "lane-paused")
    outcomes: dict[str, Outcome] = {}
    await send(house, channel, [message], outcomes)
    outcome = outcomes.get(message.id, Later(None, "crashed"))
    async with house.db.write() as session:
        answered = [(channel, message.lane, outcome)]
        await lanes.learn(session, answered, house.office.rng, house.clock(), house.office.seen_well)
    return outcome


async def send(
    house: House, channel: str, messages: Sequence[Outgoing], outcomes: dict[str, Outcome]
) -> None:
    """`outcomes` by id, each as soon as it is known: who breaks this off keeps those that are.

    No row stands behind these messages: a copy too many does no harm, so they may always cross.
    """

    async def settle(answers: Sequence[tuple[str, Outcome]]) -> None:
        outcomes.update(answers)

    async def crossing(ids: Sequence[str]) -> Collection[str]:
        return ids

    if channel in house.channels and messages:
        await house.channels[channel].send(messages, settle=settle, crossing=crossing)
