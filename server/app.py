"""START HERE: the web application. `make_app` puts routes, problems and the house together; nothing runs at import."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager

from litestar import Litestar, Router
from litestar.datastructures import State
from litestar.di import Provide
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin

from server.edge import client, problems
from server.edge.admission import at_the_door
from server.edge.strict import keep_to_yourself, refuse_double_keys
from server.house import House
from server.live.wiring import lines_open
from server.routes import devices, files, health, line, notices, people, qr, sync, unsubscribe, uploads
from server.routes.sync import pulling
from server.syncing.intake import Intake

BODY = 1024 * 1024
"""Bytes of a request that carries no file."""

ROUTERS = (
    devices.router,
    notices.router,
    people.router,
    files.router,
    uploads.router,
    sync.router,
    unsubscribe.router,
    line.router,
    qr.router,
    health.router,
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
    intake = Intake(house)

    def the_house() -> House:
        return house

    def lines_while_serving(_app: Litestar) -> AbstractAsyncContextManager[None]:
        return lines_open(house)

    def the_intake() -> Intake:
        return intake

    app = Litestar(
        route_handlers=[*ROUTERS, *extra],
        dependencies={
            "house": Provide(the_house, sync_to_thread=False),
            "intake": Provide(the_intake, sync_to_thread=False),
        },
        lifespan=[lines_while_serving],
        middleware=[at_the_door(house.door)],
        before_request=refuse_double_keys,
        after_request=keep_to_yourself,
        exception_handlers={Exception: problems.problem},
        openapi_config=DOCUMENT,
        # The framework would log requests with their paths, and a path can be a right (/u/…).
        logging_config=None,
        request_max_body_size=BODY,
        debug=False,
        state=State({"house": house}),
    )
    house.db.cuts.prepare = pulling.prepare
    pulling.document(app)
    return app
