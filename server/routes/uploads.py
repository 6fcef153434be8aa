"""Attachments in parts, by the IETF draft "Resumable Uploads for HTTP": begin, go on at an offset, ask where, give up.

A part lies in the store before its row says that it counts; a part that breaks off counts for nothing. So a kill
between the two, or a line that breaks, costs one part, and any process can go on with any upload.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from typing import Any

from litestar import Request, Response, Router, delete, head, patch
from litestar.di import NamedDependency
from litestar.exceptions import InternalServerException
from litestar.params import FromPath

from notices.attachments import uploads
from notices.attachments.file_errors import FileTooLarge, LengthWrong, OffsetWrong
from notices.attachments.ingest import LARGEST
from notices.attachments.uploads import Part
from notices.models import Upload
from notices.town.standing import Standing
from server.attachments import resumable
from server.attachments.assembling import attachment_of, drop_parts
from server.edge.auth import reading, writing
from server.edge.errors import PartTypeWrong, UploadWrong
from server.house import House

Asked = Request[Any, Any, Any]
PATH = "/api/v1/files/uploads/{upload:str}"


async def begin(request: Asked, house: House) -> Response[Any]:
    """POST /api/v1/files with `Upload-Complete: ?0`: 201, and where to go on. The body, if any, is the first part."""
    asked = resumable.asked(request.headers)
    name = resumable.name_of(request.headers.get("content-disposition", ""))
    data = await whole(request)
    now = house.clock()
    with _limits_said():
        async with writing(house, request) as (session, caller):
            upload = await uploads.begin(session, caller.standing, name, asked.length, now)
        if data:
            part = Part(0, len(data), sha256(data).hexdigest(), last=False)
            upload = await _take(request, house, caller.standing, upload, part, data)
    location = PATH.replace("{upload:str}", upload.id)
    body = {"upload": location, "offset": upload.received}
    return Response(body, status_code=201, headers={"Location": location} | resumable.state(upload, now))


@head(PATH, opt={"who": "officer-or-clerk"}, status_code=204, summary="How far an upload has come")
async def look(upload: FromPath[str], request: Asked, house: NamedDependency[House]) -> Response[None]:
    """`Upload-Offset` is what has safely arrived: nothing before it need be sent again."""
    now = house.clock()
    async with reading(house, request) as (session, caller):
        row = await uploads.found(session, caller.standing, upload, now)
    return Response(None, status_code=204, headers=resumable.state(row, now))


@patch(PATH, opt={"who": "officer-or-clerk"}, request_max_body_size=LARGEST, summary="Go on with an upload")
async def append(upload: FromPath[str], request: Asked, house: NamedDependency[House]) -> Response[Any]:
    """application/partial-upload at `Upload-Offset`: 204, or with `Upload-Complete: ?1` the answer of the one-shot POST.

    The last part that arrived may be sent again; anywhere else: 409, with the right offset in `Upload-Offset`.
    """
    asked = resumable.asked(request.headers)
    if not resumable.is_part(request.headers):
        raise PartTypeWrong()
    if asked.offset is None or asked.complete is None:
        raise UploadWrong(why="Upload-Offset and Upload-Complete say which bytes these are; one is missing")
    now = house.clock()
    with _limits_said():
        async with reading(house, request) as (session, caller):
            row = await uploads.found(session, caller.standing, upload, now)
        if not uploads.may_go_on_at(row, asked.offset):
            raise uploads.offset_wrong(row, asked.offset)
        data = await whole(request)
        part = Part(asked.offset, len(data), sha256(data).hexdigest(), asked.complete, asked.length)
        row = await _take(request, house, caller.standing, row, part, data)
    if not part.last:
        return Response(None, status_code=204, headers=resumable.state(row, now))
    body = await attachment_of(house, request, row)
    said = resumable.state(row, now) | {"Upload-Complete": "?1"}
    return Response(body, status_code=201, headers=said)


@delete(PATH, opt={"who": "officer-or-clerk"}, status_code=204, summary="Give an upload up")
async def give_up(upload: FromPath[str], request: Asked, house: NamedDependency[House]) -> None:
    now = house.clock()
    async with writing(house, request) as (session, caller):
        row = await uploads.found(session, caller.standing, upload, now, lock=True)
        await uploads.give_up(session, caller.standing, upload, now)
    await drop_parts(house.store, row)


async def _take(request: Asked, house: House, by: Standing, row: Upload, part: Part, data: bytes) -> Upload:
    """First the bytes, then the row: what the row says is there."""
    try:
        if uploads.is_new(row, part):
            await house.store.put_part(by.tenant, row.id, part.sha256, data)
        async with writing(house, request) as (session, caller):
            return await uploads.append(session, caller.standing, row.id, part, house.clock())
    except LengthWrong as wrong:
        if row.sha256 is None and part.stop > (row.length or LARGEST):
            await _invalidate(request, house, row)
        raise wrong


async def _invalidate(request: Asked, house: House, row: Upload) -> None:
    """Longer than announced: nobody knows what it is, and the draft wants it gone."""
    async with writing(house, request) as (session, caller):
        await uploads.give_up(session, caller.standing, row.id, house.clock())
    await drop_parts(house.store, row)


async def whole(request: Asked) -> bytes:
    """The body, all of it. Raises PartTypeWrong, UploadWrong where the line broke."""
    if resumable.is_encoded(request.headers):
        raise PartTypeWrong()
    try:
        return await request.body()
    except InternalServerException:
        # Nobody hears this any more; it is no fault of ours either.
        raise UploadWrong(why="the connection broke off before the end of the part") from None


@contextmanager
def _limits_said() -> Iterator[None]:
    try:
        yield
    except OffsetWrong as wrong:
        wrong.headers = {"Upload-Offset": str(wrong.facts["expected"]), "Upload-Complete": "?0"}
        raise
    except FileTooLarge as wrong:
        wrong.headers = {"Upload-Limit": resumable.limits()}
        raise


router = Router("/", route_handlers=[look, append, give_up], tags=["files"])
