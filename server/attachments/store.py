"""Where the bytes of attachments live: by tenant and content, in a folder or in an S3-compatible bucket.

    <tenant>/<ab>/<sha256>               what is kept: attachments, and segments of the log
    <tenant>/uploads/<upload>.<sha256>   a part of an upload that is not finished

Whole or not there at all: a name appears when all its bytes are safe. Nothing is cached in this process, so that any
number of processes can share one place.
"""

import re
from collections.abc import AsyncIterator
from typing import Final, NamedTuple, Protocol

from server.attachments.folder import Folder
from server.settings import Settings, names_a_bucket

_FILE: Final = re.compile(r"([a-z][a-z0-9]{1,7})/([0-9a-f]{2})/([0-9a-f]{64})")
_PART: Final = re.compile(r"[a-z][a-z0-9]{1,7}/uploads/([A-Za-z0-9_-]{22})\.[0-9a-f]{64}")


class Place(Protocol):
    """Bytes by key. Raises StoreAway where the place does not answer, OSError where a disk is full."""

    name: str
    """As the operator knows it."""

    async def put(self, key: str, data: bytes) -> None:
        """Safe when it returns; the same key is given the same bytes again, or none."""

    async def read(self, key: str, part: range | None) -> bytes:
        """`part`: of bytes, within the size. Raises FileNotFoundError."""

    async def size(self, key: str) -> int | None:
        """Bytes; None where the key is not there."""

    async def delete(self, key: str) -> None:
        """Also of what is not there."""

    def listed(self, under: str) -> AsyncIterator[tuple[str, int]]:
        """(key, bytes), sorted, of everything below a folder; "" is all."""


class Kept(NamedTuple):
    tenant: str
    sha256: str
    size: int


class Store:
    def __init__(self, place: Place) -> None:
        self.place = place

    async def put(self, tenant: str, sha256: str, data: bytes) -> None:
        await self.place.put(_key(tenant, sha256), data)

    async def read(self, tenant: str, sha256: str, part: range | None = None) -> bytes:
        """All of it, or the bytes of `part`. Raises FileNotFoundError."""
        return await self.place.read(_key(tenant, sha256), part)

    async def size(self, tenant: str, sha256: str) -> int | None:
        return await self.place.size(_key(tenant, sha256))

    async def exists(self, tenant: str, sha256: str) -> bool:
        return await self.size(tenant, sha256) is not None

    async def delete(self, tenant: str, sha256: str) -> None:
        await self.place.delete(_key(tenant, sha256))

    async def listed(self) -> AsyncIterator[Kept]:
        """Everything that is kept, of all tenants; parts of uploads are not."""
        async for key, size in self.place.listed(""):
            if named := _FILE.fullmatch(key):
                yield Kept(named[1], named[3], size)

    async def put_part(self, tenant: str, upload: str, sha256: str, data: bytes) -> None:
        await self.place.put(_part(tenant, upload, sha256), data)

    async def read_part(self, tenant: str, upload: str, sha256: str) -> bytes:
        """Raises FileNotFoundError."""
        return await self.place.read(_part(tenant, upload, sha256), None)

    async def delete_part(self, tenant: str, upload: str, sha256: str) -> None:
        await self.place.delete(_part(tenant, upload, sha256))

    async def uploads(self, tenant: str) -> dict[str, list[str]]:
        """Upload → keys of the parts that lie there."""
        found: dict[str, list[str]] = {}
        async for key, _ in self.place.listed(f"{tenant}/uploads"):
            if named := _PART.fullmatch(key):
                found.setdefault(named[1], []).append(key)
        return found


def opened(settings: Settings) -> Store:
    """The one that KAIRAN_FILES_URL names. Nothing is asked of it yet."""
    if names_a_bucket(settings.files_url):
        # Four megabytes of every process, where the files lie in a folder.
        from server.attachments.bucket import Bucket

        return Store(Bucket.at(settings.files_url, settings.files_endpoint))
    return Store(Folder(settings.files_url))


def _key(tenant: str, sha256: str) -> str:
    return f"{tenant}/{sha256[:2]}/{sha256}"


def _part(tenant: str, upload: str, sha256: str) -> str:
    return f"{tenant}/uploads/{upload}.{sha256}"
