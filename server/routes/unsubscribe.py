"""The link in every mail. Looking at it changes nothing (machines look at links); pressing, or RFC 8058's POST, does."""

from html import escape
from pathlib import Path
from string import Template
from typing import Final

from litestar import Response, Router, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from notices import addresses
from notices.errors import NotFound
from server.house import House

ANYONE = {"who": "anyone"}
PAGE: Final = Template((Path(__file__).parent.parent / "templates" / "unsubscribe.html").read_text())
ASK = "このアドレスへのメールを止めますか。町内会のお知らせは、アプリか紙で受け取れます。"
DONE = "メールを止めました。ふたたび受け取りたいときは、アプリの「設定」でオンにできます。"


@get("/u/{token:str}", opt=ANYONE, summary="Ask whether mail should stop")
async def ask(token: FromPath[str], house: NamedDependency[House]) -> Response[str]:
    """A page with one button; nothing is changed by opening it."""
    if house.keys.vault.unsubscribe_address(token) is None:
        raise NotFound()
    button = '<form method="post"><button>メールを止める</button></form>'
    return _page(ASK, button)


@post("/u/{token:str}", opt=ANYONE, status_code=200, summary="Stop mail (RFC 8058)")
async def stop(token: FromPath[str], house: NamedDependency[House]) -> Response[str]:
    """One click, without a session; the token in the link is the right to do it."""
    found = house.keys.vault.unsubscribe_address(token)
    if found is None:
        raise NotFound()
    async with house.db.write() as session:
        if not await addresses.stop_mail(session, *found, house.clock()):
            raise NotFound()
    return _page(DONE, "")


def _page(text: str, button: str) -> Response[str]:
    body = PAGE.substitute(text=escape(text), button=button)
    return Response(body, media_type="text/html", headers={"Cache-Control": "no-store"})


router = Router("/", route_handlers=[ask, stop], tags=["mail"])
