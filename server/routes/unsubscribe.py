"""The link in every mail. Looking at it changes nothing (machines look at links); pressing, or RFC 8058's POST, does."""

from html import escape
from pathlib import Path
from string import Template
from typing import Any, Final
from urllib.parse import parse_qs

from litestar import Request, Response, Router, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from notices.errors import NotFound
from notices.town import mailbox
from notices.town.mailbox import Mailbox, Wish
from notices.wording.stopping import Stopping, stopping_in
from notices.wording.tongues import tag_of
from server.house import House

ANYONE = {"who": "anyone"}
PATHS: Final = ["/u/{token:str}", "/u/{topic:str}/{token:str}"]
"""A link knows what its mail was about; those of mails that went out before links did have the token alone."""
Asked = Request[Any, Any, Any]
PAGE: Final = Template((Path(__file__).parent.parent / "templates" / "unsubscribe.html").read_text())


@get(PATHS, opt=ANYONE, summary="Ask which mail should stop")
async def ask(
    token: FromPath[str], house: NamedDependency[House], topic: FromPath[str] = ""
) -> Response[str]:
    """A page with buttons, in the language of the mail; nothing is changed by opening it. `topic`: what the mail was about."""
    tenant, address = _owner(house, token)
    async with house.db.read() as session:
        box = await mailbox.look(session, tenant, address)
    return _page(box, topic, done=False)


@post(PATHS, opt=ANYONE, status_code=200, summary="Stop mail (RFC 8058), or have it again")
async def stop(
    token: FromPath[str], request: Asked, house: NamedDependency[House], topic: FromPath[str] = ""
) -> Response[str]:
    """One click, without a session; the token in the link is the right to do it.

    `what` in a form: `topic` (that of the link), `all`, `wholly`, `again`. RFC 8058's own body says none: `all`.
    """
    tenant, address = _owner(house, token)
    wanted = _wish(await request.body())
    async with house.db.write() as session:
        await mailbox.wish(session, tenant, address, wanted, topic, house.clock())
        await session.flush()
        box = await mailbox.look(session, tenant, address)
    return _page(box, topic, done=True)


def _owner(house: House, token: str) -> tuple[str, str]:
    found = house.keys.vault.unsubscribe_address(token)
    if found is None:
        raise NotFound()
    return found


def _wish(form: bytes) -> Wish:
    try:
        said = parse_qs(form.decode("latin-1"), max_num_fields=20).get("what", [""])[0]
    except ValueError:  # more fields than any page of ours has
        return "all"
    match said:
        case "topic" | "wholly" | "again":
            return said
    return "all"


def _said(box: Mailbox, words: Stopping) -> str:
    if box.stopped:
        return words.wholly if box.wholly else words.stopped
    return (
        words.without.format(words.comma.join(words.topics[each] for each in box.topics))
        if box.topics
        else ""
    )


def _choices(box: Mailbox, topic: str, words: Stopping) -> str:
    """A form for each thing that may be wanted now."""
    buttons: list[tuple[str, str]] = []
    if not box.stopped and topic in words.topics and topic not in box.topics:
        buttons.append(("topic", words.press_topic.format(words.topics[topic])))
    if not box.stopped:
        buttons.append(("all", words.press_all))
    if not box.wholly:
        buttons.append(("wholly", words.press_wholly))
    if box.stopped or box.topics:
        buttons.insert(0, ("again", words.press_again))
    return "\n".join(
        f'<form method="post"><button name="what" value="{what}">{escape(label)}</button></form>'
        for what, label in buttons
    )


def _page(box: Mailbox, topic: str, *, done: bool) -> Response[str]:
    """`done`: something was pressed just now."""
    words = stopping_in(box.locale)
    text = _said(box, words) or (words.again if done else words.ask)
    body = PAGE.substitute(
        lang=tag_of(box.locale),
        title=escape(words.title),
        text=escape(text),
        buttons=_choices(box, topic, words),
    )
    return Response(body, media_type="text/html", headers={"Cache-Control": "no-store"})


router = Router("/", route_handlers=[ask, stop], tags=["mail"])
