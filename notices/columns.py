"""Column types of the domain."""

import uuid
from typing import Annotated, Any

from sqlalchemy import LargeBinary, String, Uuid
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import mapped_column
from sqlalchemy.types import TypeDecorator, TypeEngine

from notices import ids


class Id(TypeDecorator[str]):
    """An id: `uuid` on PostgreSQL, 16 bytes on SQLite; 22 characters of base64url in Python."""

    impl = LargeBinary(16)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if dialect.name == "postgresql":
            return dialect.type_descriptor(Uuid())
        return dialect.type_descriptor(LargeBinary(16))

    def process_bind_param(self, value: str | None, dialect: Dialect) -> Any:
        if value is None:
            return None
        raw = ids.bytes_of(value)
        return uuid.UUID(bytes=raw) if dialect.name == "postgresql" else raw

    def process_result_value(self, value: Any, dialect: Dialect) -> str | None:
        if value is None:
            return None
        return ids.text_of(value.bytes if dialect.name == "postgresql" else bytes(value))

    def process_literal_param(self, value: str | None, dialect: Dialect) -> str:
        raise NotImplementedError("ids travel as bound parameters")


Tenant = Annotated[str, mapped_column(String(8), primary_key=True)]
"""The city's short id. First in every primary key: the city is what data is ever distributed by."""
Key = Annotated[str, mapped_column(Id, primary_key=True)]
Ref = Annotated[str, mapped_column(Id)]
MaybeRef = Annotated[str | None, mapped_column(Id)]
