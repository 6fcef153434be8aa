"""The people of the city hall: appointed by the operator, enrolled by slip, each with a passkey."""

from dataclasses import dataclass
from typing import Any

import httpx
from sqlalchemy import select

from notices import ids
from notices.models import Device
from notices.passkeys import fresh
from notices.tokyo import today
from server.operations import clerks
from tests.authenticator import Authenticator
from tests.phone import Phone
from tests.town import TENANT, Town


@dataclass
class Official:
    """Somebody at the city hall, with their phone and the passkey on it."""

    phone: Phone
    passkey: Authenticator

    @property
    def http(self) -> httpx.AsyncClient:
        return self.phone.http

    async def prove(self) -> httpx.Response:
        """Afresh, that it is they."""
        return await prove(self.phone, self.passkey)

    async def act(self, notice: str, verb: str, **said: Any) -> httpx.Response:
        return await self.http.post(f"/api/v1/notices/{notice}/{verb}", json=said)


def quietly(done: int, total: int) -> None: ...


async def slip_for(here: Town, name: str, role: str = "clerk", lives: str | None = None) -> str:
    """Appointed from today on; `lives`: in which association, of somebody who is there already. → the code of their slip."""
    args = {"role": role, "person": name, "from": today(here.clock()).isoformat(), "association": lives}
    made = await clerks.appoint(here.house, args, quietly)
    code: str = made["code"]
    return code


async def ticket_for(here: Town, name: str) -> str:
    """Another slip, of the operator. → its code."""
    code: str = (await clerks.ticket(here.house, {"person": name}, quietly))["code"]
    return code


async def official(
    here: Town,
    name: str,
    role: str = "clerk",
    lives: str | None = None,
    passkey: Authenticator | None = None,
) -> Official:
    phone = Phone(here.http(), name)
    here.phones.append(phone)
    await phone.enrol(await slip_for(here, name, role, lives))
    passkey = passkey or Authenticator()
    answer = await make(phone, passkey)
    assert answer.status_code == 201, answer.text
    return Official(phone, passkey)


async def leaves(here: Town, name: str, role: str = "clerk") -> None:
    await clerks.end(here.house, {"role": role, "person": name}, quietly)


async def make(phone: Phone, passkey: Authenticator) -> httpx.Response:
    options = await phone.http.post("/api/v1/me/passkeys/options")
    if options.status_code != 200:
        return options
    said = {"credential": passkey.create(options.json()), "name": "庁舎のパソコン"}
    return await phone.http.post("/api/v1/me/passkeys", json=said)


async def prove(phone: Phone, passkey: Authenticator) -> httpx.Response:
    options = await phone.http.post("/api/v1/me/step-up/options")
    if options.status_code != 200:
        return options
    return await phone.http.post("/api/v1/me/step-up", json={"credential": passkey.get(options.json())})


async def proved(here: Town, person: str) -> None:
    """As by a passkey just now, on each of their devices; for stories of something else."""
    async with here.house.db.write() as session:
        device = (await session.scalars(select(Device.id).where(Device.person == person))).all()
        for each in device:
            await fresh.proved(session, TENANT, each, ids.new_id(), here.clock())
