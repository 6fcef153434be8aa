"""Where the bytes of attachments live: on disk, by tenant and content. Whole or not there at all."""

import os
import tempfile
from pathlib import Path


class Store:
    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder)

    def path(self, tenant: str, sha256: str) -> Path:
        return self.folder / tenant / sha256[:2] / sha256

    def put(self, tenant: str, sha256: str, data: bytes) -> None:
        """On disk when it returns. Raises OSError where the disk is full, and leaves nothing behind."""
        target = self.path(tenant, sha256)
        if target.exists():
            return
        target.parent.mkdir(parents=True, exist_ok=True)
        handle, beside = tempfile.mkstemp(dir=target.parent, prefix=".new-")
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


def _write_down(folder: Path) -> None:
    """A name outlives a power cut only when its folder is on disk too."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
