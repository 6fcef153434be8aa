"""Attachments in and out. In: by content, images encoded afresh. Out: to whoever sees a notice that carries it."""

import asyncio
import re
from pathlib import Path
from typing import Any

from litestar import Request, Response, Router, get, post
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency
from litestar.params import FromPath

from notices import files
from notices.errors import FileRefused, NotFound
from notices.ingest import LARGEST, ingest
from server.auth import reading, writing
from server.errors import BodyUnreadable
from server.house import House

Asked = Request[Any, Any, Any]
_HASH = re.compile(r"[0-9a-f]{64}")
HEADERS = {
    "Accept-Ranges": "bytes",
    "Cache-Control": "private, max-age=31536000, immutable",
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "X-Content-Type-Options": "nosniff",
}
_RANGE = re.compile(r"bytes=(\d{0,15})-(\d{0,15})")
ENVELOPE = 64 * 1024
"""Bytes that multipart adds at most."""


@post(
    "/api/v1/files", opt={"who": "officer"}, request_max_body_size=LARGEST + ENVELOPE, summary="Upload a file"
)
async def upload(request: Asked, house: NamedDependency[House]) -> dict[str, Any]:
    """multipart/form-data with a field `file`: PDF, JPEG or PNG, at most 20 MB. Attach it to a notice within 24 h."""
    async with reading(house, request) as (_, known):
        tenant = known.tenant  # nobody sends us 20 MB without being known
    name, data = await _field(request)
    # Decoding pixels takes a while, and the others' requests should not wait for it.
    kept = await asyncio.to_thread(ingest, data)
    now = house.clock()
    await asyncio.to_thread(house.store.put, tenant, kept.sha256, kept.data)
    async with writing(house, request) as (session, caller):
        await files.keep(session, caller.standing, kept.sha256, kept.type, len(kept.data), now)
    return {"sha256": kept.sha256, "name": name, "type": kept.type, "size": len(kept.data)}


@get("/files/{sha256:str}", opt={"who": "enrolled"}, summary="An attachment")
async def download(sha256: FromPath[str], request: Asked, house: NamedDependency[House]) -> Response[Any]:
    """By content, so it never changes: cacheable for ever by the one browser that was allowed to read it."""
    now = house.clock()
    async with reading(house, request) as (session, caller):
        if not _HASH.fullmatch(sha256):
            raise NotFound()
        file = await files.readable(session, caller.standing, caller.scopes, sha256, now)
        path = house.store.path(caller.tenant, sha256)
    if file is None or not path.exists():
        raise NotFound()
    headers = HEADERS | {"Content-Disposition": f'inline; filename="{sha256[:8]}.{file.type.split("/")[1]}"'}
    part = part_of(request.headers.get("range", ""), file.size)
    if part is None:
        return Response(await asyncio.to_thread(path.read_bytes), media_type=file.type, headers=headers)
    headers["Content-Range"] = f"bytes {part.start}-{part.stop - 1}/{file.size}"
    data = await asyncio.to_thread(_read, path, part)
    return Response(data, status_code=206, media_type=file.type, headers=headers)


def part_of(header: str, size: int) -> range | None:
    """The one range of bytes that was asked for (RFC 9110 §14.2); None is all of it, as for anything odd."""
    asked = _RANGE.fullmatch(header.strip())
    if asked is None or asked[1] == asked[2] == "":
        return None
    if asked[1] == "":
        part = range(max(0, size - int(asked[2])), size)
    else:
        last = int(asked[2]) if asked[2] else size - 1
        part = range(int(asked[1]), min(last + 1, size))
    return part if len(part) else None


def _read(path: Path, part: range) -> bytes:
    with path.open("rb") as file:
        file.seek(part.start)
        return file.read(len(part))


async def _field(request: Asked) -> tuple[str, bytes]:
    """Raises BodyUnreadable, FileRefused."""
    try:
        form = await request.form()
    except (LookupError, UnicodeDecodeError, ValueError) as error:
        raise BodyUnreadable(why=type(error).__name__) from None
    upload = form.get("file")
    if not isinstance(upload, UploadFile):
        raise FileRefused()
    return upload.filename, await upload.read()


router = Router("/", route_handlers=[upload, download], tags=["files"])
