"""Log lines for an operator, with nothing in them that identifies a person.

Our own messages are written that way. A library's may quote an address or a row, in its arguments or in an
exception's text: of those only the fixed part is kept, and of a traceback only the places.
"""

import logging
import traceback
from types import TracebackType

Error = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]


class Discreet(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        if record.name.partition(".")[0] != "kairan":
            record = logging.makeLogRecord(record.__dict__ | {"msg": _fixed(record.msg), "args": None})
        return super().format(record)

    def formatException(self, ei: Error) -> str:
        kind, _, trace = ei
        frames = [f"  {frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(trace)]
        return "\n".join([*frames, kind.__name__ if kind else ""])


def begin() -> None:
    handler = logging.StreamHandler()
    handler.setFormatter(Discreet("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("kairan").setLevel(logging.INFO)


def _fixed(message: object) -> str:
    """A template without its arguments; of asyncio's lines, which are put together beforehand, the first."""
    return str(message).partition("\n")[0]
