"""Trouble of the database that is soon over: whoever comes again is served."""

import re
from collections.abc import Iterator
from types import TracebackType
from typing import Final

from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

PASSING: Final = re.compile("08...|40001|40P01|53300|55P03|57P0[123]")
"""SQLSTATEs that are over soon: no connection, a deadlock, a lock that takes long, a server that stops or starts."""


def passing(error: Exception) -> bool:
    """The database is busy or away, and will be back."""
    if isinstance(error, PoolTimeout | OperationalError):
        return True
    if isinstance(error, DBAPIError) and error.connection_invalidated:
        return True
    # SQLAlchemy has no OperationalError for asyncpg, and lets through whatever a connect raises: of a server that
    # starts, asyncpg's own error; of one that is away, a bare OSError, as of any socket or file.
    state = getattr(error.orig if isinstance(error, DBAPIError) else error, "sqlstate", None)
    if state is not None:
        return PASSING.fullmatch(state) is not None
    return isinstance(error, OSError) and any(_in_asyncpg(trace) for trace in traces(error))


def _in_asyncpg(trace: TracebackType) -> bool:
    return str(trace.tb_frame.f_globals.get("__name__")).partition(".")[0] == "asyncpg"


def traces(error: Exception) -> Iterator[TracebackType]:
    """From where it was caught to where it was raised."""
    trace = error.__traceback__
    while trace is not None:
        yield trace
        trace = trace.tb_next
