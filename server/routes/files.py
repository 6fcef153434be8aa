"""Attachments in and out. In: by content, images encoded afresh. Out: to whoever sees a notice that carries it."""

import asyncio
from typing import Any

from litestar import Request, Response, Router, get, post
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import File

from notices import files
from notices.errors import FileRefused, NotFound
from notices.ingest import LARGEST, ingest
from server.auth import reading, writing
from server.errors import BodyUnreadable
from server.house import House

Asked = Request[Any, Any, Any]
ENVELOPE = 64 * 1024
"""Bytes that multipart adds at most."""


@post(
    "/api/v1/files", opt={"who": "officer"}, request_max_body_size=LARGEST + ENVELOPE, summary="Upload a file"
)
async def upload(request: Asked, house: NamedDependency[House]) -> dict[str, Any]:
    """multipart/form-data with a field `file`: PDF, JPEG or PNG, at most 20 MB. Attach it to a notice within 24 h."""
    async with reading(house, request):
        pass  # nobody sends us 20 MB without being known
    name, data = await _field(request)
    # Decoding pixels takes a while, and the others' requests should not wait for it.
    kept = await asyncio.to_thread(ingest, data)
    now = house.clock()
    async with writing(house, request) as (session, caller):
        await asyncio.to_thread(house.store.put, caller.tenant, kept.sha256, kept.data)
        await files.keep(session, caller.standing, kept.sha256, kept.type, len(kept.data), now)
    return {"sha256": kept.sha256, "name": name, "type": kept.type, "size": len(kept.data)}


@get("/files/{sha256:str}", opt={"who": "enrolled"}, summary="An attachment")
async def download(sha256: FromPath[str], request: Asked, house: NamedDependency[House]) -> Response[Any]:
    """By content, so it never changes: cacheable for ever by the one browser that was allowed to read it."""
    now = house.clock()
    async with reading(house, request) as (session, caller):
        file = await files.readable(session, caller.standing, caller.scopes, sha256, now)
        path = house.store.path(caller.tenant, sha256)
    if file is None or not path.exists():
        raise NotFound()
    return File(
        path,
        media_type=file.type,
        filename=f"{sha256[:8]}.{file.type.rsplit('/', 1)[-1]}",
        content_disposition_type="inline",
        etag=None,
        headers={
            "Cache-Control": "private, max-age=31536000, immutable",
            "Content-Security-Policy": "sandbox; default-src 'none'",
            "X-Content-Type-Options": "nosniff",
        },
    )


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
