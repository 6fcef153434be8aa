"""Attachments in and out. In: by content, images encoded afresh. Out: to whoever sees a notice that carries it."""

import asyncio
import re
from collections.abc import AsyncGenerator
from dataclasses import replace
from typing import Any

from litestar import Request, Response, Router, get, head, post
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Stream

from notices.attachments import files
from notices.attachments.file_errors import FileRefused, LengthWrong
from notices.attachments.ingest import LARGEST, ingest
from notices.errors import NotFound
from notices.models import File
from server.attachments import resumable
from server.attachments.assembling import answer
from server.attachments.ranges import Conditions, etag, wanted
from server.attachments.store import Store
from server.edge.auth import reading, writing
from server.edge.errors import BodyUnreadable, RangeNowhere
from server.house import House
from server.routes import uploads

Asked = Request[Any, Any, Any]
_HASH = re.compile(r"[0-9a-f]{64}")
HEADERS = {
    "Accept-Ranges": "bytes",
    "Cache-Control": "private, max-age=31536000, immutable",
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "X-Content-Type-Options": "nosniff",
}
AT_ONCE = 1024 * 1024
"""Bytes of a download that are in memory."""
ENVELOPE = 64 * 1024
"""Bytes that multipart adds at most."""


@post(
    "/api/v1/files",
    opt={"who": "officer-or-clerk"},
    request_max_body_size=LARGEST + ENVELOPE,
    summary="Upload a file",
)
async def upload(request: Asked, house: NamedDependency[House]) -> Response[Any]:
    """multipart/form-data with a field `file`: PDF, JPEG or PNG, at most 20 MB. Attach it to a notice within 24 h.

    With `Upload-Complete` the body is the file itself: all of it (`?1`), or the beginning of an upload that goes on in
    parts (`?0`; draft-ietf-httpbis-resumable-upload).
    """
    async with reading(house, request) as (_, known):
        tenant = known.tenant  # nobody sends us 20 MB without being known
    complete = resumable.asked(request.headers).complete
    if complete is False:
        return await uploads.begin(request, house)
    name, data = await _bare(request) if complete else await _field(request)
    # Decoding pixels takes a while, and the others' requests should not wait for it.
    kept = await asyncio.to_thread(ingest, data)
    now = house.clock()
    await house.store.put(tenant, kept.sha256, kept.data)
    async with writing(house, request) as (session, caller):
        await files.keep(session, caller.standing, kept.sha256, kept.type, len(kept.data), now)
    said = {"Upload-Complete": "?1"} if complete else {}
    return Response(answer(name, kept.sha256, kept.type, len(kept.data)), status_code=201, headers=said)


@get("/files/{sha256:str}", opt={"who": "enrolled"}, summary="An attachment")
async def download(sha256: FromPath[str], request: Asked, house: NamedDependency[House]) -> Response[Any]:
    """By content, so it never changes: cacheable for ever by the one browser that was allowed to read it.

    One range at a time (RFC 9110 §14), so that a download goes on where the line broke.
    """
    tenant, file = await _readable(sha256, request, house)
    part = wanted(_conditions(request), etag(sha256), file.size)
    if part == "nothing new":
        return Response(None, status_code=304, headers=_kept_headers(sha256))
    if part == "nowhere":
        raise RangeNowhere(size=file.size)
    headers, status = _headers(file), 200
    if part == "all":
        part = range(file.size)
    else:
        headers["Content-Range"], status = f"bytes {part.start}-{part.stop - 1}/{file.size}", 206
    pieces = _pieces(house.store, tenant, sha256, part)
    try:
        first = await anext(
            pieces
        )  # before the answer begins: a file that is gone is a problem, not half an answer
    except FileNotFoundError:
        raise NotFound() from None
    if len(part) <= AT_ONCE:
        return Response(first, status_code=status, media_type=file.type, headers=headers)
    headers["Content-Length"] = str(len(part))
    return Stream(_chained(first, pieces), status_code=status, media_type=file.type, headers=headers)


async def _pieces(store: Store, tenant: str, sha256: str, part: range) -> AsyncGenerator[bytes, None]:
    """A town that opens a large file at once must not be in memory once for each phone."""
    for at in range(part.start, part.stop, AT_ONCE):
        yield await store.read(tenant, sha256, range(at, min(at + AT_ONCE, part.stop)))


async def _chained(first: bytes, rest: AsyncGenerator[bytes, None]) -> AsyncGenerator[bytes, None]:
    yield first
    async for piece in rest:
        yield piece


@head("/files/{sha256:str}", opt={"who": "enrolled"}, summary="Whether an attachment is there, and how large")
async def look(sha256: FromPath[str], request: Asked, house: NamedDependency[House]) -> Response[None]:
    """As GET, without the bytes; a range is for GET alone (RFC 9110 §14.2)."""
    tenant, file = await _readable(sha256, request, house)
    if wanted(replace(_conditions(request), range=""), etag(sha256), file.size) == "nothing new":
        return Response(None, status_code=304, headers=_kept_headers(sha256))
    if not await house.store.exists(tenant, sha256):
        raise NotFound()
    told = {"Content-Type": file.type, "Content-Length": str(file.size)}
    return Response(None, headers=_headers(file) | told)


async def _readable(sha256: str, request: Asked, house: House) -> tuple[str, File]:
    """The tenant and the file. Raises NotFound for what this caller may not read, too."""
    if not _HASH.fullmatch(sha256):
        sha256 = ""
    async with reading(house, request) as (session, caller):
        file = await files.readable(session, caller.standing, caller.scopes, sha256, house.clock())
    if file is None:
        raise NotFound()
    return caller.tenant, file


def _conditions(request: Asked) -> Conditions:
    given = request.headers
    return Conditions(given.get("range", ""), given.get("if-range", ""), given.get("if-none-match", ""))


def _kept_headers(sha256: str) -> dict[str, str]:
    return HEADERS | {"ETag": etag(sha256)}


def _headers(file: File) -> dict[str, str]:
    name = f"{file.sha256[:8]}.{file.type.split('/')[1]}"
    return _kept_headers(file.sha256) | {"Content-Disposition": f'inline; filename="{name}"'}


async def _bare(request: Asked) -> tuple[str, bytes]:
    """Raises PartTypeWrong, UploadWrong, LengthWrong."""
    data = await uploads.whole(request)
    announced = resumable.asked(request.headers).length
    if announced not in (None, len(data)):
        raise LengthWrong(announced=announced, sent=len(data))
    return resumable.name_of(request.headers.get("content-disposition", "")), data


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


router = Router("/", route_handlers=[upload, download, look], tags=["files"])
