"""The demo's own pages, in the looks of the product."""

from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader
from litestar import Response

from server.edge.client import DEMO_BANNER, PAGE_HEADERS

FOLDER: Final = Path(__file__).parent / "templates"
_templates: Final = Environment(
    loader=FileSystemLoader(FOLDER), autoescape=True, trim_blocks=True, lstrip_blocks=True
)


def page(name: str, status: int = 200, **said: Any) -> Response[str]:
    html = _templates.get_template(name).render(banner=DEMO_BANNER, **said)
    headers = PAGE_HEADERS | {"Cache-Control": "no-store"}
    return Response(html, status_code=status, media_type="text/html", headers=headers)


def style() -> bytes:
    return (FOLDER / "demo.css").read_bytes()
