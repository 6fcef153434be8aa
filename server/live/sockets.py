"""A line takes its socket from the web server, and the request is over for it.

A request that stays open keeps a dozen coroutines, a parser and its headers in memory: 13 kB. A protocol of ours on
the bare socket takes less than 2 kB, and a poke is one write (docs/decisions/0019-live-lines-on-bare-sockets.md).
What is used of uvicorn beyond its documentation is all in here, and tested over a real socket.
"""

from typing import Any

Header = tuple[bytes, bytes]


class Taken:
    """The socket of a request whose answer has not begun."""

    def __init__(self, cycle: Any, transport: Any) -> None:
        self._cycle = cycle
        self._transport = transport

    def headers(self) -> list[Header]:
        """What the server puts on every answer: the date."""
        return list(self._cycle.default_headers)

    def give_to(self, line: Any) -> None:
        """The line is one of uvicorn's connections from now on: counted, and told of a shutdown."""
        served: Any = self._transport.get_protocol()
        line.connections = served.connections
        served.connections.discard(served)
        served.connections.add(line)
        # To uvicorn the answer is complete; it asks nothing more of this request.
        self._cycle.response_started = self._cycle.response_complete = True
        self._transport.set_protocol(line)
        if not self._transport.is_reading():
            self._transport.resume_reading()
        line.connection_made(self._transport)


def take(receive: Any) -> Taken | None:
    """None where the server is not uvicorn, or the phone has gone already."""
    cycle = getattr(receive, "__self__", None)
    transport: Any = getattr(cycle, "transport", None)
    # By what it can do: uvloop's transports are nobody's subclasses.
    if not hasattr(transport, "set_protocol") or not hasattr(cycle, "response_complete"):
        return None
    return None if transport.is_closing() else Taken(cycle, transport)
