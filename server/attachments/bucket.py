"""A bucket of any S3-compatible store as a place for bytes (server/attachments/store.py). One PUT is whole or not there at all.

Credentials and region come from the AWS_ environment variables or from the machine's role, as obstore finds them
(decision 0024): a secret has no place among our settings.
"""

import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Final, Self
from urllib.parse import urlsplit

from obstore.exceptions import BaseError
from obstore.store import S3Store

from server.edge.errors import StoreAway

log = logging.getLogger("kairan.store")

_CONNECT: Final = timedelta(seconds=5)
_WHOLE: Final = timedelta(seconds=30)
"""For 20 MB: a bucket behind less than 6 Mbit/s is no place for attachments."""
_TRIES: Final = 3
_NO_BUCKET: Final = "NoSuchBucket"


class Bucket:
    def __init__(self, store: S3Store, name: str) -> None:
        self._store = store
        self.name = name

    @classmethod
    def at(cls, url: str, endpoint: str) -> Self:
        """`url`: s3://bucket/prefix; `endpoint`: https://host, empty for Amazon's own."""
        parts = urlsplit(url)
        given = {"endpoint": endpoint} if endpoint else {}
        store = S3Store(
            parts.netloc,
            prefix=parts.path.strip("/") or None,
            config=given,  # type: ignore[arg-type]
            client_options={
                "allow_http": endpoint.startswith("http:"),
                "connect_timeout": _CONNECT,
                "timeout": _WHOLE,
            },
            retry_config={"max_retries": _TRIES, "retry_timeout": _WHOLE},
        )
        return cls(store, f"the bucket {url}" + (f" at {urlsplit(endpoint).netloc}" if endpoint else ""))

    async def put(self, key: str, data: bytes) -> None:
        with self._answering():
            await self._store.put_async(key, data, use_multipart=False)

    async def read(self, key: str, part: range | None) -> bytes:
        """Raises FileNotFoundError."""
        with self._answering():
            if part is None:
                return bytes(await (await self._store.get_async(key)).bytes_async())
            return bytes(await self._store.get_range_async(key, start=part.start, end=part.stop))

    async def size(self, key: str) -> int | None:
        try:
            with self._answering():
                return int((await self._store.head_async(key))["size"])
        except FileNotFoundError:
            return None

    async def delete(self, key: str) -> None:
        with self._answering():
            await self._store.delete_async(key)

    async def listed(self, under: str) -> AsyncIterator[tuple[str, int]]:
        with self._answering():
            async for chunk in self._store.list(under or None):
                for found in chunk:
                    yield str(found["path"]), int(found["size"])

    @contextmanager
    def _answering(self) -> Iterator[None]:
        """The library's errors in our words; what a store says may hold keys of a signature, and is not passed on."""
        try:
            yield
        except FileNotFoundError as error:
            # A HEAD has no body that could say so: a bucket that is not there shows with the first put or list.
            if _NO_BUCKET in str(error):
                raise StoreAway(why=f"{self.name} does not exist") from None
            raise
        except BaseError as error:
            why = WHY.get(type(error).__name__, "does not answer as it should")
            log.warning("%s %s", self.name, why)
            raise StoreAway(why=f"{self.name} {why}") from error


WHY: Final = {
    "PermissionDeniedError": "refuses these credentials what was asked",
    "UnauthenticatedError": "does not accept these credentials",
}
