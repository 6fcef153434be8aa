"""Serves the web client: one page for every screen, its modules, and a service worker that names them all.

The page asks for every module at once (modulepreload): found one by one, they cost a slow line ten seconds.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from html import escape
from json import dumps
from mimetypes import guess_type
from pathlib import Path
from posixpath import dirname, join, normpath
from typing import Any, Final

from litestar import Request, Response, Router, get
from litestar.di import NamedDependency
from litestar.params import FromPath
from sqlalchemy import select

from notices.alarm import templates
from notices.models import City
from server.edge.errors import RouteMissing
from server.house import House

WEB: Final = Path(__file__).parent.parent / "web"
ANYONE: Final = {"who": "anyone"}
PLACES: Final = (
    *("n", "enrol", "privacy", "settings", "looks", "family", "write", "sent", "correct", "find"),
    *("safety", "reach", "walk", "sheet", "back", "people", "slips", "handover", "circulars"),
    *("city", "approvals", "orphans", "lanes", "forms", "alerts", "alarm", "exercise"),
    *("ask", "carry"),
)
"""First parts of the addresses of screens; the service worker has its list from here, router.js the screens themselves."""
SCREENS: Final = ["/", *(f"/{place}{rest}" for place in PLACES for rest in ("", "/{rest:path}"))]
DEMO_BANNER: Final = (
    '<aside class="demo-banner" aria-label="見本">これは見本です。人も町も実在しません。'
    '<a href="/demo">入口</a></aside>'
)
ENROL: Final = ("app.js", "screens/enrol.js")
"""What a stranger's first visit needs, which begins with a slip: all that follows is had while they read."""
HOME: Final = ("app.js", "screens/list.js", "screens/notice.js")
"""What the other pages ask for at once. The worker answers with it at any address: more would be in the way there."""
_IMPORT: Final = re.compile(r"""(?:^|;)\s*(?:import|export)\b[^;"'(]*["'](\.[^"']+\.js)["']""", re.M)
_LAZY: Final = re.compile(r"""\bimport\(["'](\.[^"']+\.js)["']\)""")
_META: Final = '<meta name="kairan-{}" content="{}" />'
POLICY: Final = (
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
    "object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'"
)
PAGE_HEADERS: Final = {
    "Cache-Control": "no-cache",
    "Content-Security-Policy": POLICY,
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}


@dataclass(frozen=True)
class Web:
    """The client's files, read once. `vendor/` is put there by the set-up; without it the app cannot start."""

    folder: Path = WEB

    @cached_property
    def assets(self) -> dict[str, bytes]:
        """By path below /web/."""
        kept = {".js", ".css", ".svg", ".png", ".webmanifest"}
        files = sorted(file for file in self.folder.rglob("*") if file.suffix in kept)
        found = {file.relative_to(self.folder).as_posix(): file.read_bytes() for file in files}
        # Whoever must write at night without a signal has them.
        return found | {"alarm-templates.json": dumps(templates.told(), ensure_ascii=False).encode()}

    def modules(self, start: str, *, lazily: bool) -> list[str]:
        """What `start` imports, and what that imports; `lazily`: also what is only fetched when it is opened."""
        found, waiting = [start], [start]
        while waiting:
            path = waiting.pop()
            text = self.assets[path].decode()
            for name in _IMPORT.findall(text) + (_LAZY.findall(text) if lazily else []):
                module = normpath(join(dirname(path), name))
                if module not in found:
                    found.append(module)
                    waiting.append(module)
        return found

    def page(self, demo: bool, contact: str, line: bool, starts: Sequence[str] = HOME) -> bytes:
        """`contact`: whom somebody may ask who is not enrolled yet. `line`: whether notices come on LINE here.

        `starts`: modules that are asked for at once, with all that they import.
        """
        first = dict.fromkeys(module for start in starts for module in self.modules(start, lazily=False))
        preload = "\n    ".join(f'<link rel="modulepreload" href="/web/{path}" />' for path in first)
        html = (self.folder / "index.html").read_text()
        html = html.replace("<!--modulepreload-->", preload)
        said = {"contact": contact, "line": "offered" if line else ""}
        metas = [_META.format(name, escape(value, quote=True)) for name, value in said.items() if value]
        html = html.replace("<!--said-->", "\n    ".join(metas))
        return html.replace("<!--demo-->", DEMO_BANNER if demo else "").encode()

    def worker(self, page: bytes) -> bytes:
        """Its version covers the page as it is served: a new contact line reaches who has the app installed."""
        whole = sha256(page)
        for path, data in self.assets.items():
            whole.update(path.encode() + b"\0" + data)
        modules = set(self.modules("app.js", lazily=True))
        names = [f"/web/{path}" for path in self.assets if path in modules or not path.endswith(".js")]
        said = {"VERSION": whole.hexdigest()[:16], "ASSETS": names, "PLACES": ["", *PLACES]}
        head = "".join(f"self.__{name}__ = {dumps(value)};\n" for name, value in said.items())
        return head.encode() + self.assets["sw.js"]


web: Final = Web()


@get(SCREENS, opt=ANYONE, include_in_schema=False)
async def screen(house: NamedDependency[House], request: Request[Any, Any, Any]) -> Response[bytes]:
    starts = ENROL if request.url.path.startswith("/enrol") else HOME
    return Response(await _page(house, starts), media_type="text/html", headers=PAGE_HEADERS)


@get("/web/{path:path}", opt=ANYONE, include_in_schema=False)
async def asset(path: FromPath[str], request: Request[Any, Any, Any]) -> Response[bytes]:
    data = web.assets.get(path.lstrip("/"))
    if data is None:
        raise RouteMissing()
    etag = f'"{sha256(data).hexdigest()[:16]}"'
    headers = {"Cache-Control": "no-cache", "ETag": etag, "X-Content-Type-Options": "nosniff"}
    if request.headers.get("if-none-match") == etag:
        return Response(b"", status_code=304, headers=headers)
    return Response(data, media_type=guess_type(path)[0] or "application/octet-stream", headers=headers)


@get("/sw.js", opt=ANYONE, include_in_schema=False)
async def service_worker(house: NamedDependency[House]) -> Response[bytes]:
    return Response(
        web.worker(await _page(house)), media_type="text/javascript", headers={"Cache-Control": "no-cache"}
    )


@get("/manifest.webmanifest", opt=ANYONE, include_in_schema=False)
async def manifest() -> Response[bytes]:
    data = web.assets["manifest.webmanifest"]
    return Response(data, media_type="application/manifest+json", headers={"Cache-Control": "no-cache"})


async def _page(house: House, starts: Sequence[str] = HOME) -> bytes:
    async with house.db.read() as session:
        cities = (await session.execute(select(City.name, City.contact).limit(2))).all()
    contact = f"{cities[0].name}　{cities[0].contact}" if len(cities) == 1 else ""
    return web.page(house.demo, contact, bool(house.settings.line_account), starts)


router = Router("/", route_handlers=[screen, asset, service_worker, manifest])
