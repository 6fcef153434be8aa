"""START HERE: the web application. `make_app` puts routes, problems and the house together; nothing runs at import."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager, suppress

from litestar import Litestar, Router
from litestar.di import Provide
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.types import Scope

from server.edge import client, problems, shortcut
from server.edge.admission import at_the_door
from server.edge.strict import keep_to_yourself, refuse_double_keys
from server.house import House
from server.live.wiring import lines_open
from server.reading.callers import get_ready
from server.routes import (
    alarms,
    approvals,
    bounces,
    bundles,
    cap,
    circulars,
    city_forecast,
    city_reach,
    devices,
    files,
    forms,
    handover,
    health,
    ledger,
    life,
    line,
    notices,
    paper,
    passkeys,
    people,
    privacy,
    proxies,
    qr,
    recovery,
    safety,
    sign_in,
    sync,
    unsubscribe,
    uploads,
    watching,
)
from server.routes.sync import asked, past, pulling, pushing
from server.syncing.intake import Intake

BODY = 1024 * 1024
"""Bytes of a request that carries no file."""

ROUTERS = (
    devices.router,
    sign_in.router,
    passkeys.router,
    notices.router,
    ledger.router,
    paper.router,
    circulars.router,
    approvals.router,
    city_forecast.router,
    alarms.router,
    safety.router,
    city_reach.router,
    people.router,
    handover.router,
    recovery.router,
    privacy.router,
    forms.router,
    life.router,
    proxies.router,
    files.router,
    uploads.router,
    sync.router,
    unsubscribe.router,
    bounces.router,
    cap.router,
    line.router,
    bundles.router,
    qr.router,
    health.router,
    watching.metrics_router,
    watching.router,
    client.router,
)
DOCUMENT = OpenAPIConfig(
    title="Kairan",
    version="1",
    description="Notices, circulars and receipts for neighbourhood associations. Errors: RFC 9457.",
    path="/schema",
    render_plugins=[JsonRenderPlugin(path="/openapi.json")],
)


def make_app(house: House, extra: Sequence[Router] = ()) -> Litestar:
    """`extra`: what this process serves beside the product."""
    return move_in(empty_app(extra), house)


def move_in(app: Litestar, house: House) -> Litestar:
    """Serve `house` from now on; nobody may be asking `app` for the one before."""
    app.state["house"], app.state["intake"] = house, Intake(house)
    house.db.cuts.prepare = pulling.prepare
    return app


def empty_app(extra: Sequence[Router] = ()) -> Litestar:
    """What is the same in every house. Of its parts, those that need the house ask the state for it."""
    app = shortcut.Shortcut(
        route_handlers=[*ROUTERS, *extra],
        dependencies={
            "house": Provide(_the_house, sync_to_thread=False),
            "intake": Provide(_the_intake, sync_to_thread=False),
        },
        lifespan=[_lines_while_serving],
        on_startup=[_pulls_ready],
        middleware=[at_the_door],
        before_request=refuse_double_keys,
        after_request=keep_to_yourself,
        exception_handlers={Exception: problems.problem},
        openapi_config=DOCUMENT,
        # The framework would log requests with their paths, and a path can be a right (/u/…).
        logging_config=None,
        request_max_body_size=BODY,
        debug=False,
    )
    app.state[shortcut.KEY] = {way.PATH: at_the_door(way.answer) for way in (pulling, pushing)}
    past.document(app, asked.describe, pushing.describe)
    return app


def _the_house(scope: Scope) -> House:
    house: House = scope["litestar_app"].state["house"]
    return house


def _the_intake(scope: Scope) -> Intake:
    intake: Intake = scope["litestar_app"].state["intake"]
    return intake


def _lines_while_serving(app: Litestar) -> AbstractAsyncContextManager[None]:
    return lines_open(app.state["house"])


async def _pulls_ready(app: Litestar) -> None:
    # If the database is away, whoever asks is told so.
    with suppress(Exception):
        await app.state["house"].db.cuts.read(get_ready)
