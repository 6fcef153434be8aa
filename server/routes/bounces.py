"""What a mail provider reports by webhook: that a mail came back, or that somebody called it spam.

Neutral on purpose: a few lines at the provider, or a forwarded mail, say it in this form. Beside the listener
(server/bounces/), for houses whose provider takes the bounces itself.
"""

import hmac
from collections.abc import Sequence
from hashlib import sha256
from typing import Annotated, Any, Final, Literal

import msgspec
from litestar import Request, Router, post
from litestar.di import NamedDependency

from notices import ids
from notices.bounces import ingest, return_path
from notices.bounces.mime import Part, part_of
from notices.bounces.reading import Report, classified
from notices.canary import address as canary
from notices.errors import NotFound
from notices.publishing.compose import instant
from server.bounces import taking
from server.canary import arriving
from server.edge.errors import BodyUnreadable, SignatureWrong
from server.edge.wire import Wire
from server.house import House

Asked = Request[Any, Any, Any]
About = tuple[str, str]
_BEARERS: Final = ("delivered-to", "x-original-to", "envelope-to", "to")
"""Headers in which a forwarded mail says to which address it came."""


class NewBounce(Wire, kw_only=True, frozen=True):
    kind: Literal["hard", "soft", "complaint"]
    message_id: Annotated[str, msgspec.Meta(max_length=300)] | None = None
    """Of the mail, with or without angle brackets and host."""
    return_path: Annotated[str, msgspec.Meta(max_length=300)] | None = None
    """Its envelope sender; either is enough."""
    code: Annotated[str, msgspec.Meta(max_length=200)] | None = None
    """What the other server said, such as `550 5.1.1`."""
    at: str | None = None
    """An instant with offset; without it, now."""

    def report(self) -> Report:
        said = classified(None, self.code or "")
        status = "5.2.2" if self.kind == "soft" and said.status == "5.2.2" else said.status
        return Report(self.kind, status, said.code)


@post(
    "/api/v1/bounces",
    opt={"who": "anyone"},
    status_code=200,
    summary="Report mail that came back",
    tags=["mail"],
)
async def report(request: Asked, house: NamedDependency[House]) -> dict[str, str]:
    """JSON `{messageId | returnPath, kind, code, at}`, or the bounce itself as message/rfc822 (`?returnPath=` where no
    header names it). Signed: `Authorization: Bearer <secret>`, or `X-Kairan-Signature: sha256=<HMAC-SHA-256 of the
    body, hex>`. → `{"was": …}`: what was counted, or why it was ignored; either way it need not come again.
    """
    body = await _trusted(request, house)
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() == "message/rfc822":
        candidates = _addresses(request, part_of(body))
        if (flight := _flight(house, candidates)) is not None:
            return {"was": f"canary-{await arriving.by_mail(house, flight, body)}"}
        about = next((found for each in candidates if (found := _about(house, each)) is not None), None)
        return {"was": await _known(house, about, body)}
    try:
        said = msgspec.json.decode(body, type=NewBounce)
    except msgspec.DecodeError as error:
        raise BodyUnreadable(why=str(error)) from None
    at = instant(said.at, "at")
    about = await _named(house, said)
    if about is None:
        return {"was": taking.ignored(house, "forged" if said.return_path else "unknown-message")}
    return {"was": await taking.of_report(house, about, said.report(), at)}


async def _trusted(request: Asked, house: House) -> bytes:
    """The body. Raises NotFound where there is no such webhook, SignatureWrong."""
    secret = house.settings.bounce_secret.encode()
    if not secret:
        raise NotFound()
    body = await request.body()
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    signature = request.headers.get("x-kairan-signature", "").removeprefix("sha256=").lower()
    by_bearer = scheme.lower() == "bearer" and hmac.compare_digest(token.strip().encode(), secret)
    ours = hmac.digest(secret, body, sha256).hex()
    if not (by_bearer or hmac.compare_digest(signature.encode(), ours.encode())):
        raise SignatureWrong()
    return body


async def _known(house: House, about: About | None, raw: bytes) -> str:
    return taking.ignored(house, "forged") if about is None else await taking.of_mail(house, about, raw)


async def _named(house: House, said: NewBounce) -> About | None:
    if said.return_path is not None:
        return _about(house, said.return_path)
    id = (said.message_id or "").strip(" <>").partition("@")[0]
    if not ids.is_id(id):
        return None
    async with house.db.read() as session:
        return await ingest.find(session, id)


def _about(house: House, address: str) -> About | None:
    return return_path.message_of(house.keys.vault, house.settings.bounce_domain, address)


def _flight(house: House, candidates: Sequence[str]) -> str | None:
    """Of a canary that a provider took in."""
    vault, domain = house.keys.vault, house.settings.bounce_domain
    found = (canary.token_in(vault, domain, each) for each in candidates)
    return next((flight for flight in found if flight is not None), None)


def _addresses(request: Asked, mail: Part) -> Sequence[str]:
    said = [request.query_params.get("returnPath", ""), *(mail.headers.get(name, "") for name in _BEARERS)]
    # Of `Name <address>` the address; a list of several is not how a bounce is addressed.
    return [each.rpartition("<")[2].partition(">")[0] for each in said if each]


router = Router("/", route_handlers=[report], tags=["mail"])
