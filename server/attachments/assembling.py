"""An upload that is all there becomes an attachment: by the one way in for files, and as often as it is asked."""

import asyncio
from typing import Any

from litestar import Request

from notices.attachments import files, uploads
from notices.attachments.file_errors import UploadUnknown
from notices.attachments.ingest import Ingested, ingest
from notices.errors import KairanError
from notices.models import File, Upload
from server.attachments.store import Store
from server.edge.auth import reading, writing
from server.house import House


async def attachment_of(house: House, request: Request[Any, Any, Any], upload: Upload) -> dict[str, Any]:
    """What the one-shot upload answers. Raises UploadUnknown, and what `ingest` raises: then the upload is gone."""
    if upload.sha256 is not None:
        return await _become(house, request, upload)
    try:
        data = await _joined(house.store, upload)
    except FileNotFoundError:
        return await _become(house, request, upload)
    try:
        kept = await asyncio.to_thread(ingest, data)
    except KairanError as refused:
        # All of it has come, and is no attachment: to go on would change nothing.
        refused.headers = {"Upload-Complete": "?1"}
        await _forget(house, request, upload)
        raise
    await house.store.put(upload.tenant, kept.sha256, kept.data)
    await _note(house, request, upload, kept)
    await drop_parts(house.store, upload)
    return answer(upload.name, kept.sha256, kept.type, len(kept.data))


def answer(name: str, sha256: str, type: str, size: int) -> dict[str, Any]:
    return {"sha256": sha256, "name": name, "type": type, "size": size}


async def drop_parts(store: Store, upload: Upload) -> None:
    """Of an upload that needs them no more. What is left by a kill in between is swept (server/attachments/sweeping.py)."""
    for sha256 in {str(sha256) for _, sha256 in upload.parts}:
        await store.delete_part(upload.tenant, upload.id, sha256)


async def _joined(store: Store, upload: Upload) -> bytes:
    """20 MB at most. Raises FileNotFoundError."""
    parts = [await store.read_part(upload.tenant, upload.id, str(sha256)) for _, sha256 in upload.parts]
    return b"".join(parts)


async def _note(house: House, request: Request[Any, Any, Any], upload: Upload, kept: Ingested) -> None:
    now = house.clock()
    async with writing(house, request) as (session, caller):
        await files.keep(session, caller.standing, kept.sha256, kept.type, len(kept.data), now)
        await uploads.settle(session, caller.standing, upload.id, kept.sha256, now)


async def _become(house: House, request: Request[Any, Any, Any], upload: Upload) -> dict[str, Any]:
    """It is an attachment already: the answer was lost, or two asked at once. Else its parts are lost, and so is it."""
    async with reading(house, request) as (session, caller):
        row = await uploads.found(session, caller.standing, upload.id, house.clock())
        file = await session.get(File, (row.tenant, row.sha256)) if row.sha256 is not None else None
    if file is None:
        await _forget(house, request, upload)
        raise UploadUnknown()
    # Ours may have come after the other one had cleared up.
    await drop_parts(house.store, row)
    return answer(row.name, file.sha256, file.type, file.size)


async def _forget(house: House, request: Request[Any, Any, Any], upload: Upload) -> None:
    async with writing(house, request) as (session, caller):
        await uploads.give_up(session, caller.standing, upload.id, house.clock())
    await drop_parts(house.store, upload)
