"""Who is calling: a device's token, as bearer or as the browser's cookie, and what its person may do now.

Rights are read with every request, from dated terms: a right ends with the request after the handover.
"""

import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from urllib.parse import urlsplit

from litestar.connection import ASGIConnection
from litestar.datastructures import Cookie
from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from notices.errors import KairanError, NotAllowed, NotFound
from notices.models import City, Device
from notices.records import audience
from notices.town.standing import OFFICERS, Standing, standings
from server.edge.errors import DeviceRevoked, NotSignedIn, StrangeOrigin
from server.house import House
from sync import ScopeKey

Connection = ASGIConnection[Any, Any, Any, Any]
Who = Literal["anyone", "enrolled", "officer", "officer-or-leader", "officer-or-clerk", "clerk", "any-seat"]
"""What a route declares in `opt={"who": …}`. Whose notice, whose household: the use-case asks that."""

_TOKEN = re.compile(r"[A-Za-z0-9-]{1,8}_[A-Za-z0-9_-]{1,128}")
_A_YEAR = 365 * 24 * 3600


@dataclass(frozen=True, slots=True)
class Caller:
    standing: Standing
    device: str
    city: str

    @property
    def tenant(self) -> str:
        return self.standing.tenant

    @property
    def person(self) -> str:
        return self.standing.person

    @property
    def scopes(self) -> list[ScopeKey]:
        return audience.scopes_of(self.standing, self.city)


@asynccontextmanager
async def writing(house: House, request: Connection) -> AsyncIterator[tuple[AsyncSession, Caller]]:
    """A transaction and its caller. Opened when the whole body is there: a slow phone must not hold the writer."""
    insist_on_our_page(house, request)
    async with house.db.write() as session:
        caller = await identify(house, session, request)
        yield session, caller
    house.wake.now()


@asynccontextmanager
async def reading(house: House, request: Connection) -> AsyncIterator[tuple[AsyncSession, Caller]]:
    """A snapshot and its caller."""
    async with house.db.read() as session:
        yield session, await identify(house, session, request)


async def identify(house: House, session: AsyncSession, request: Connection) -> Caller:
    """Raises NotSignedIn, DeviceRevoked, NotAllowed."""
    [caller] = await identify_all(house, session, [token_of(house, request)])
    if isinstance(caller, KairanError):
        raise caller
    _admit(request, caller.standing)
    return caller


async def identify_all(
    house: House, session: AsyncSession, tokens: Sequence[str]
) -> list[Caller | NotSignedIn | DeviceRevoked]:
    """Whose tokens these are, or why not; many cost as many statements as one."""
    now = house.clock()
    found: dict[str, Caller | NotSignedIn | DeviceRevoked] = {}
    tenants = {token: token.partition("_")[0] for token in tokens}
    for tenant in sorted(set(tenants.values())):
        hashes = {house.keys.vault.token_hash(token): token for token in tokens if tenants[token] == tenant}
        devices = {hashes[row.token_hash]: row for row in await session.execute(_devices(tenant, [*hashes]))}
        live = [row.person for row in devices.values() if row.revoked_at is None]
        people = await standings(session, tenant, live, now) if live else {}
        for token, row in devices.items():
            if (who := people.get(row.person)) is None or row.revoked_at is not None:
                found[token] = DeviceRevoked()
                continue
            found[token] = Caller(standing=who, device=row.id, city=row.city)
            house.acks.seen(tenant, row.id, row.seen_at, now)
    return [found.get(token) or NotSignedIn() for token in tokens]


def _devices(
    tenant: str, hashes: Sequence[bytes]
) -> Select[str, str, bytes, datetime | None, datetime | None, str]:
    columns = (Device.id, Device.person, Device.token_hash, Device.seen_at, Device.revoked_at)
    return (
        select(*columns, City.id.label("city"))
        .join(City, City.tenant == Device.tenant)
        .where(Device.tenant == tenant, Device.token_hash.in_(hashes))
    )


def token_of(house: House, request: Connection) -> str:
    """Raises NotSignedIn where there is neither a bearer token nor a cookie."""
    token = _bearer(request) or request.cookies.get(_cookie_name(house))
    return formed(token or "")


def formed(token: str) -> str:
    """The token, which looks like one: a database may choke on what does not, and others share its reads.

    Raises NotSignedIn.
    """
    if not _TOKEN.fullmatch(token):
        raise NotSignedIn()
    return token


def _bearer(request: Connection) -> str:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token if scheme.lower() == "bearer" else ""


def _cookie_name(house: House) -> str:
    """One name, never both: a cookie without `__Host-` can be planted by a neighbouring site."""
    return "__Host-kairan" if house.settings.origin.startswith("https:") else "kairan"


def _admit(request: Connection, who: Standing) -> None:
    declared: Who = request.route_handler.opt["who"]
    officer = any(held.role in OFFICERS for held in who.seats)
    leader = any(held.role == "block-leader" for held in who.seats)
    if declared == "officer" and not officer:
        raise NotAllowed()
    if declared == "officer-or-clerk" and not (officer or who.works_for_city):
        raise NotAllowed()
    if declared == "officer-or-leader" and not (officer or leader):
        raise NotAllowed()
    if declared == "any-seat" and not (officer or leader or who.works_for_city):
        raise NotAllowed()
    if declared == "clerk" and not who.works_for_city:
        raise NotAllowed()


def insist_on_officer(by: Standing, association: str | None) -> None:
    """Another association's people are not there; one's own need an officer's seat. Raises NotFound, NotAllowed."""
    if by.officer_of(association):
        return
    if any(home.association == association for home in by.homes):
        raise NotAllowed()
    raise NotFound()


def insist_on_our_page(house: House, request: Connection) -> None:
    """A cookie is sent by whichever page asks; only our own may write with it."""
    if _bearer(request) or _cookie_name(house) not in request.cookies:
        return
    site = request.headers.get("sec-fetch-site")
    origin = request.headers.get("origin")
    if site == "same-origin" or (site is None and origin is not None and _ours(house, request, origin)):
        return
    raise StrangeOrigin()


def _ours(house: House, request: Connection, origin: str) -> bool:
    if origin == house.settings.origin:
        return True
    # On the machine itself the page may be opened as localhost or as 127.0.0.1, whatever the setting says.
    parts = urlsplit(origin)
    local = parts.hostname in ("localhost", "127.0.0.1")
    return local and parts.netloc == request.headers.get("host")


def cookie(house: House, token: str) -> Cookie:
    """The browser's session. `__Host-` and Secure everywhere but on plain http, which only localhost may be."""
    secure = house.settings.origin.startswith("https:")
    return Cookie(
        key=_cookie_name(house),
        value=token,
        path="/",
        max_age=_A_YEAR if token else 0,
        httponly=True,
        secure=secure,
        samesite="lax",
    )


def wants_cookie(request: Connection) -> bool:
    return request.headers.get("x-kairan-client") == "web"
