"""The way past the framework's stack, for what phones ask all day: its layers cost more than the answer does.

Whoever takes it promises what the stack does for others: the door, headers, and problems in the one shape. The route
is declared like any other; a test holds that both ways give the same answers.
"""

from typing import Any, Final

from litestar import Litestar, Request
from litestar.plugins import PluginProtocol
from litestar.plugins.core import MsgspecDIPlugin
from litestar.types import ASGIApp, Receive, Scope, Send

from server.edge.problems import problem

KEY: Final = "ways"
"""Of the application's state: {path: what answers it}."""


class Shortcut(Litestar):
    """`state["ways"]`: what is answered by itself, by its exact path; the framework has all the rest."""

    @staticmethod
    def _get_default_plugins(plugins: list[PluginProtocol]) -> list[PluginProtocol]:
        """msgspec alone. The framework would load pydantic, eight megabytes, wherever LINE's library brings it along."""
        return [*plugins, MsgspecDIPlugin()]

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        way: ASGIApp | None = self.state[KEY].get(scope["path"]) if scope["type"] == "http" else None
        if way is None:
            return await super().__call__(scope, receive, send)
        scope["app"] = scope["litestar_app"] = self
        try:
            await way(scope, receive, send)
        except Exception as error:
            await _refuse(error, scope, receive, send)


async def _refuse(error: Exception, scope: Scope, receive: Receive, send: Send) -> None:
    request: Request[Any, Any, Any] = Request(scope, receive, send)
    answer = problem(request, error).to_asgi_response(app=None, request=request)
    await answer(scope, receive, send)
