"""A folder as a place for bytes (server/attachments/store.py): on disk, name and all, before a put returns."""

import asyncio
import os
import tempfile
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from typing import Final

_UNFINISHED: Final = ".new-"


class Folder:
    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder)
        self.name = f"the folder {self.folder}"

    async def put(self, key: str, data: bytes) -> None:
        """Raises OSError where the disk is full, and leaves nothing behind."""
        await asyncio.to_thread(self._put, key, data)

    async def read(self, key: str, part: range | None) -> bytes:
        """Raises FileNotFoundError."""
        return await asyncio.to_thread(self._read, key, part)

    async def size(self, key: str) -> int | None:
        with suppress(FileNotFoundError):
            return (await asyncio.to_thread((self.folder / key).stat)).st_size
        return None

    async def delete(self, key: str) -> None:
        await asyncio.to_thread((self.folder / key).unlink, missing_ok=True)

    async def listed(self, under: str) -> AsyncIterator[tuple[str, int]]:
        for each in await asyncio.to_thread(self._list, under):
            yield each

    def _put(self, key: str, data: bytes) -> None:
        target = self.folder / key
        if target.exists():
            return
        target.parent.mkdir(parents=True, exist_ok=True)
        handle, beside = tempfile.mkstemp(dir=target.parent, prefix=_UNFINISHED)
        try:
            with os.fdopen(handle, "wb") as out:
                out.write(data)
                out.flush()
                os.fsync(out.fileno())
            Path(beside).replace(target)
            _write_down(target.parent)
        except BaseException:
            Path(beside).unlink(missing_ok=True)
            raise

    def _read(self, key: str, part: range | None) -> bytes:
        with (self.folder / key).open("rb") as file:
            if part is None:
                return file.read()
            file.seek(part.start)
            return file.read(len(part))

    def _list(self, under: str) -> list[tuple[str, int]]:
        """What is being written just now has no name of its own yet."""
        found = []
        for file in sorted((self.folder / under).rglob("*")):
            # A file may go between the listing and the look at it.
            with suppress(FileNotFoundError):
                if file.is_file() and not file.name.startswith(_UNFINISHED):
                    found.append((file.relative_to(self.folder).as_posix(), file.stat().st_size))
        return found


def _write_down(folder: Path) -> None:
    """A name outlives a power cut only when its folder is on disk too."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
