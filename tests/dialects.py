"""All engines of a test process speak through one dialect each, and remember together what was compiled.

SQLAlchemy keeps compiled statements by the dialect *object*, and an engine makes its own: every test's database had
the same few hundred statements compiled anew, a sixth of the run. In the product an engine lives as long as its process.
"""

from typing import Any

from sqlalchemy import Engine
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.postgresql.asyncpg import PGDialect_asyncpg
from sqlalchemy.dialects.sqlite.aiosqlite import SQLiteDialect_aiosqlite

_made: dict[tuple[Any, ...], Any] = {}
_compiled: dict[Any, Any] = {}


class _Shared:
    """Made once for the same options. The driver is no option: it comes in a new wrapping each time."""

    def __new__(cls, **options: Any) -> Any:
        key = (cls, *sorted((name, repr(value)) for name, value in options.items() if name != "dbapi"))
        if key not in _made:
            _made[key] = super().__new__(cls)
        return _made[key]

    def __init__(self, **options: Any) -> None:
        if not vars(self):
            super().__init__(**options)

    @classmethod
    def engine_created(cls, engine: Engine) -> None:
        engine.update_execution_options(compiled_cache=_compiled)


class SharedSqlite(_Shared, SQLiteDialect_aiosqlite):
    supports_statement_cache = True


class SharedPostgresql(_Shared, PGDialect_asyncpg):
    supports_statement_cache = True


def share() -> None:
    """From here on, for every engine that this process makes."""
    registry.register("sqlite.aiosqlite", __name__, "SharedSqlite")
    registry.register("postgresql.asyncpg", __name__, "SharedPostgresql")
