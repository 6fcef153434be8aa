"""A server that kills itself at a named point of an upload: `python -m tests.faults.dying_upload POINT FD NOW`

Points: `lies` (a part is in the store, its row does not know), `counts` (the row knows, nothing else is done),
`kept` (the attachment is in the store, its row does not know), `noted` (all is done but to drop the parts), `never`.
FD: the listening socket. NOW: where the clock of the test stands.
"""

import asyncio
import os
import signal
import socket
import sys
from datetime import datetime
from pathlib import Path

import uvicorn

from server import keys, settings
from server.app import make_app
from server.attachments.store import Store
from server.house import build


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


class Fatal(Store):
    def __init__(self, inner: Store, point: str) -> None:
        super().__init__(inner.place)
        self._point = point

    async def put_part(self, tenant: str, upload: str, sha256: str, data: bytes) -> None:
        await super().put_part(tenant, upload, sha256, data)
        self._reach("lies")

    async def read_part(self, tenant: str, upload: str, sha256: str) -> bytes:
        self._reach("counts")
        return await super().read_part(tenant, upload, sha256)

    async def put(self, tenant: str, sha256: str, data: bytes) -> None:
        await super().put(tenant, sha256, data)
        self._reach("kept")

    async def delete_part(self, tenant: str, upload: str, sha256: str) -> None:
        self._reach("noted")
        await super().delete_part(tenant, upload, sha256)

    def _reach(self, point: str) -> None:
        if self._point == point:
            die()


async def main(point: str, listener: socket.socket, now: datetime) -> None:
    configured = settings.load(file=Path("/nonexistent"))
    house = build(configured, keys.read(Path(configured.secret_file)), {}, lambda: now)
    object.__setattr__(house, "store", Fatal(house.store, point))
    served = uvicorn.Config(make_app(house), lifespan="off", log_config=None, access_log=False, ws="none")
    await uvicorn.Server(served).serve([listener])


if __name__ == "__main__":
    with socket.socket(fileno=int(sys.argv[2])) as given:
        asyncio.run(main(sys.argv[1], given, datetime.fromisoformat(sys.argv[3])))
