"""The canary arrives: on whichever process, and the row says so."""

from notices.canary import address, rounds
from notices.canary.rounds import Arrival
from server.house import House


async def by_mail(house: House, addressed: str, raw: bytes) -> Arrival:
    """`addressed`: what the recipient's token said."""
    flight = address.flight_of(house.keys.vault, addressed, raw)
    return "stray" if flight is None else await arrived(house, "mail", flight)


async def by_line(house: House) -> None:
    """LINE's test of our webhook: a signed call with nothing in it."""
    async with house.db.read() as session:
        on_its_way = await rounds.rows(session, ["line"])
    if on_its_way:
        await arrived(house, "line", None)


async def arrived(house: House, channel: str, flight: str | None) -> Arrival:
    async with house.db.write() as session:
        now = await house.db.now(session, house.clock)
        return await rounds.seen(session, channel, flight, now)


async def came_back(house: House) -> None:
    async with house.db.write() as session:
        await rounds.came_back(session, "mail", "came-back")
