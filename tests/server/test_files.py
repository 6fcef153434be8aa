"""Attachments: what is let in, what is left behind of it, and who may fetch it."""

import io
import os
import struct
import zlib
from collections.abc import AsyncIterator
from contextlib import ExitStack
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image

from tests import s3
from tests.journeys import story
from tests.journeys.story import LEADER_1, MIDORI_PRESIDENT, OFFICER_2, PRESIDENT, RESIDENT
from tests.phone import Phone
from tests.server.test_bad_input import is_a_problem
from tests.town import TENANT, Town, town

PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
EXE = b"MZ\x90\x00" + b"\x00" * 60 + b"PE\x00\x00" + b"This program cannot be run in DOS mode"


@pytest.fixture
async def here(database_url: str, tmp_path: Path) -> AsyncIterator[Town]:
    async with town(database_url, tmp_path, chores=True) as made:
        yield made


def picture(format: str = "PNG", size: tuple[int, int] = (40, 30), **more: Any) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, "red").save(out, format, **more)
    return out.getvalue()


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png_of(width: int, height: int) -> bytes:
    """A header that promises more pixels than there is memory for."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    pixels = chunk(b"IDAT", zlib.compress(b"\x00" * 1_000))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + pixels + chunk(b"IEND", b"")


def photo_with_its_place() -> bytes:
    exif = Image.Exif()
    exif[0x010F] = "SecretCamera"
    gps = exif.get_ifd(0x8825)
    gps[1], gps[2], gps[3], gps[4] = "N", (35.0, 41.0, 22.0), "E", (139.0, 41.0, 30.0)
    exif[0x8825] = gps
    return picture("JPEG", exif=exif, comment=b"taken at home, door 203")


async def upload(
    phone: Phone, data: bytes, name: str = "紙.pdf", type: str = "application/pdf"
) -> httpx.Response:
    return await phone.http.post("/api/v1/files", files={"file": (name, data, type)})


async def attached(here: Town, by: Phone, data: bytes, name: str, **said: Any) -> tuple[str, dict[str, Any]]:
    answer = await upload(by, data, name)
    assert answer.status_code == 201, answer.text
    sha = answer.json()["sha256"]
    return sha, await here.post(by, files=[{"sha256": sha, "name": name}], **said)


async def test_a_pdf_a_jpeg_and_a_png_are_known_by_what_is_in_them(here: Town) -> None:
    president = await here.phone(PRESIDENT)
    for data, type in ((PDF, "application/pdf"), (picture(), "image/png"), (picture("JPEG"), "image/jpeg")):
        answer = await upload(president, data, "なにか.exe", "application/x-msdownload")
        assert answer.status_code == 201, answer.text
        body = answer.json()
        assert body["type"] == type, "the content decides, not the name"
        fetched = await president.http.get(f"/files/{body['sha256']}")
        assert fetched.status_code == 200
        assert sha256(fetched.content).hexdigest() == body["sha256"], "the name is the hash of what is served"
        assert len(fetched.content) == body["size"]
        assert fetched.headers["content-type"].startswith(type)
        assert fetched.headers["x-content-type-options"] == "nosniff"
        assert "sandbox" in fetched.headers["content-security-policy"]
        assert fetched.headers["content-disposition"]
        assert "private" in fetched.headers["cache-control"], "cached only behind its authorisation"


async def test_what_is_none_of_the_three_is_refused(here: Town) -> None:
    president = await here.phone(PRESIDENT)
    gif = picture("GIF")
    for data in (
        EXE,
        b"",
        b"hello",
        gif,
        picture("BMP"),
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        b"<html><script>alert(1)</script></html>",
        b"PK\x03\x04" + b"\x00" * 100,
        b"\x89PNG\r\n\x1a\n",
        b"\x89PNG\r\n\x1a\n" + gif,
        picture()[:-30],
        b"\xff\xd8\xff",
        b"\xff\xd8\xff" + EXE,
        b" " * 2_000 + PDF,
    ):
        answer = await upload(president, data)
        is_a_problem(answer, 415, 422, slug="file-refused", what=data[:20])


async def test_a_picture_that_would_fill_the_memory_is_refused_by_its_header(here: Town) -> None:
    president = await here.phone(PRESIDENT)
    for width, height in ((50_000, 50_000), (2**31 - 1, 2**31 - 1), (1, 2**31 - 1), (8_000, 8_000)):
        answer = await upload(president, png_of(width, height), "bomb.png")
        is_a_problem(answer, 413, 415, what=(width, height))
    answer = await upload(president, png_of(50_000, 50_000), "bomb.png")
    is_a_problem(answer, 413, slug="image-too-large")
    assert (await upload(president, PDF + b"\x00" * (21 * 1024 * 1024))).status_code == 413


async def test_a_photo_loses_the_place_where_it_was_taken(here: Town) -> None:
    president = await here.phone(PRESIDENT)
    raw = photo_with_its_place()
    assert b"SecretCamera" in raw
    answer = await upload(president, raw, "写真.jpg", "image/jpeg")
    assert answer.status_code == 201, answer.text
    kept = (await president.http.get(f"/files/{answer.json()['sha256']}")).content
    image = Image.open(io.BytesIO(kept))
    assert dict(image.getexif()) == {}
    assert "comment" not in image.info
    for trace in (b"SecretCamera", b"door 203", b"Exif", b"http://ns.adobe.com"):
        assert trace not in kept
    hidden = picture(pnginfo=_text_chunk()) + b"PK\x03\x04 a zip in the tail"
    sha = (await upload(president, hidden)).json()["sha256"]
    kept = (await president.http.get(f"/files/{sha}")).content
    assert b"door 203" not in kept
    assert b"PK\x03\x04" not in kept, "encoded afresh: what hangs on behind is cut off"


def flyer(mode: str) -> bytes:
    """A red dot in a transparent sheet, as a palette, in grey or in colour with one colour declared transparent."""
    image = Image.new(mode, (8, 8), 0)
    if mode == "P":
        image.putpalette([0, 0, 0, 255, 0, 0])
    image.putpixel((4, 4), (255, 0, 0) if mode == "RGB" else 1)
    out = io.BytesIO()
    image.save(out, "PNG", transparency=(0, 0, 0) if mode == "RGB" else 0)
    return out.getvalue()


@pytest.mark.parametrize("mode", ["P", "L", "RGB"])
async def test_a_transparent_drawing_stays_transparent(here: Town, mode: str) -> None:
    president = await here.phone(PRESIDENT)
    answer = await upload(president, flyer(mode), "地図.png", "image/png")
    assert answer.status_code == 201, answer.text
    kept = (await president.http.get(f"/files/{answer.json()['sha256']}")).content
    seen = Image.open(io.BytesIO(kept)).convert("RGBA")
    assert seen.getpixel((0, 0))[3] == 0, "the sheet shines through"  # type: ignore[index]
    assert seen.getpixel((4, 4))[3] == 255, "the drawing does not"  # type: ignore[index]


async def test_a_form_that_is_none_is_refused(here: Town) -> None:
    president = await here.phone(PRESIDENT)
    part = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.pdf"\r\n'
    good = part + b"\r\n" + PDF + b"\r\n--x--\r\n"
    for type, content in (
        ("multipart/form-data", good),
        ("multipart/form-data; boundary=", good),
        ("multipart/form-data; boundary=y", good),
        ("multipart/form-data; boundary=x; charset=klingon", good),
        ("multipart/form-data; boundary=" + "x" * 5_000, good),
        (
            "multipart/form-data; boundary=x",
            part.replace(b'"file"', b'"other"') + b"\r\n" + PDF + b"\r\n--x--\r\n",
        ),
        (
            "multipart/form-data; boundary=x",
            part + b"Content-Type: text/plain; charset=klingon\r\n\r\nx\r\n--x--\r\n",
        ),
        (
            "multipart/form-data; boundary=x",
            b'--x\r\nContent-Disposition: form-data; name="file"\r\n\r\n\xff\xfe\r\n--x--\r\n',
        ),
        (
            "multipart/form-data; boundary=x",
            b'--x\r\nContent-Disposition: form-data; name="\xff"\r\n\r\na\r\n--x--\r\n',
        ),
        ("multipart/form-data; boundary=x", part + b"\r\n"),
        ("multipart/form-data; boundary=x", b"--x\r\nnonsense"),
        ("multipart/form-data; boundary=x", b""),
        ("application/pdf", PDF),
        ("application/json", b'{"file":"x"}'),
    ):
        answer = await president.http.post("/api/v1/files", content=content, headers={"Content-Type": type})
        if "charset" in type:
            assert answer.status_code in (201, 400, 415, 422), f"{type}: {answer.text}"
            continue
        is_a_problem(answer, 400, 413, 415, 422, what=(type[:60], content[:80]))


async def test_an_attachment_is_for_those_who_see_the_notice(here: Town) -> None:
    president, inside, outside = [await here.phone(each) for each in (PRESIDENT, RESIDENT, LEADER_1)]
    stranger = await here.phone(MIDORI_PRESIDENT)
    blocks = {"blocks": [here.blocks["二班"]]}
    sha, notice = await attached(here, president, PDF, "回覧.pdf", audience=blocks, publish=False)
    path = f"/files/{sha}"
    async with here.http() as nobody:
        is_a_problem(await nobody.get(path), 401)
    for phone in (inside, outside, stranger):
        is_a_problem(await phone.http.get(path), 404, what="a draft is nobody's")
    await story.act(president, notice["id"], "publish")
    assert (await inside.http.get(path)).content == PDF
    for phone in (outside, stranger):
        is_a_problem(await phone.http.get(path), 404, what=phone.name)
    await inside.pull()
    (record,) = inside.all("notices")
    assert record["files"] == [
        {"sha256": sha, "name": "回覧.pdf", "type": "application/pdf", "size": len(PDF)}
    ]
    await story.correct(president, notice["id"], files=[])
    is_a_problem(await inside.http.get(path), 404, what="a correction took it away")
    await story.correct(president, notice["id"], files=[{"sha256": sha, "name": "回覧.pdf"}])
    assert (await inside.http.get(path)).status_code == 200
    await story.act(president, notice["id"], "withdraw")
    is_a_problem(await inside.http.get(path), 404, what="gone with the notice")


async def test_knowing_a_hash_does_not_give_the_file(here: Town) -> None:
    president, stranger, other = [await here.phone(each) for each in (PRESIDENT, MIDORI_PRESIDENT, OFFICER_2)]
    sha, _ = await attached(here, president, PDF, "秘密.pdf")
    theft = await here.try_post(stranger, here.midori, files=[{"sha256": sha, "name": "もらった.pdf"}])
    is_a_problem(theft, 422, slug="file-unknown")
    is_a_problem(await stranger.http.get(f"/files/{sha}"), 404)
    fresh = await upload(president, PDF + b"%2\n")
    own = await here.try_post(other, files=[{"sha256": fresh.json()["sha256"], "name": "ほか.pdf"}])
    is_a_problem(own, 422, slug="file-unknown", what="not uploaded by this officer")


async def test_an_upload_nobody_attached_is_readable_for_a_day_by_its_uploader(here: Town) -> None:
    president, other = await here.phone(PRESIDENT), await here.phone(OFFICER_2)
    sha = (await upload(president, PDF)).json()["sha256"]
    assert (await president.http.get(f"/files/{sha}")).status_code == 200
    is_a_problem(await other.http.get(f"/files/{sha}"), 404)
    here.clock.pass_(hours=24, seconds=1)
    is_a_problem(await president.http.get(f"/files/{sha}"), 404)


async def test_residents_and_leaders_upload_nothing(here: Town) -> None:
    for name in (RESIDENT, LEADER_1):
        is_a_problem(await upload(await here.phone(name), PDF), 403)
    async with here.http() as nobody:
        is_a_problem(await nobody.post("/api/v1/files", files={"file": ("a.pdf", PDF)}), 401)


async def test_a_name_cannot_leave_its_place(here: Town) -> None:
    president, resident = await here.phone(PRESIDENT), await here.phone(RESIDENT)
    sha = (await upload(president, PDF)).json()["sha256"]
    for name in (
        "../../etc/passwd",
        'a"; filename="b.exe',
        "a\r\nSet-Cookie: x=1",
        "\u202efdp.exe",
        "\u0000",
        "",
        "長" * 5_000,
    ):
        answer = await here.try_post(
            president, files=[{"sha256": sha, "name": name}], title=f"名前 {len(name)}"
        )
        assert answer.status_code in (201, 400, 422), answer.text
        if answer.status_code == 201:
            fetched = await resident.http.get(f"/files/{sha}")
            assert "set-cookie" not in fetched.headers
            assert "\n" not in fetched.headers["content-disposition"]
            kept = answer.json()["files"][0]["name"]
            for bad in ("\u202e", "\u0000", "\r", "\n"):
                assert bad not in kept, f"{name!r} is shown on every phone as it is"


@pytest.mark.parametrize(
    ("asked", "part"),
    [
        ("bytes=5-9", slice(5, 10)),
        ("bytes=0-0", slice(0, 1)),
        ("bytes=60-", slice(60, None)),
        ("bytes=-7", slice(-7, None)),
        ("bytes=5-99999", slice(5, None)),
        ("bytes=-99999", slice(0, None)),
        ("BYTES=5-9", slice(5, 10)),
    ],
)
async def test_a_part_of_a_file_can_be_asked_for(here: Town, asked: str, part: slice) -> None:
    president = await here.phone(PRESIDENT)
    sha = (await upload(president, PDF)).json()["sha256"]
    answer = await president.http.get(f"/files/{sha}", headers={"Range": asked})
    assert answer.status_code == 206, "a download that broke off goes on where it stopped"
    assert answer.content == PDF[part]
    start, stop, _ = part.indices(len(PDF))
    assert answer.headers["content-range"] == f"bytes {start}-{stop - 1}/{len(PDF)}"
    assert answer.headers["etag"] == f'"{sha}"'
    assert answer.headers["accept-ranges"] == "bytes"


async def test_a_range_that_is_none_is_passed_over_and_one_that_lies_outside_is_refused(here: Town) -> None:
    president = await here.phone(PRESIDENT)
    sha = (await upload(president, PDF)).json()["sha256"]
    for none in (
        "bytes=9-5",
        "bytes=-",
        "bytes",
        "lines=1-2",
        "bytes=a-b",
        "bytes=0-1,5-6",
        "bytes=-1-2",
        "x",
    ):
        answer = await president.http.get(f"/files/{sha}", headers={"Range": none})
        assert (answer.status_code, answer.content) == (200, PDF), none
        assert "content-range" not in answer.headers
    for outside in (f"bytes={len(PDF)}-", "bytes=999999-1000000", "bytes=-0"):
        answer = await president.http.get(f"/files/{sha}", headers={"Range": outside})
        is_a_problem(answer, 416, slug="range-not-satisfiable", what=outside)
        assert answer.headers["content-range"] == f"bytes */{len(PDF)}"


async def test_a_download_goes_on_only_with_the_bytes_of_the_same_file(here: Town) -> None:
    president = await here.phone(PRESIDENT)
    sha = (await upload(president, PDF)).json()["sha256"]
    for if_range, status in (
        (f'"{sha}"', 206),
        (f'W/"{sha}"', 200),
        ('"another"', 200),
        ("Sun, 22 Nov 2026 00:00:00 GMT", 200),
    ):
        headers = {"Range": "bytes=5-9", "If-Range": if_range}
        answer = await president.http.get(f"/files/{sha}", headers=headers)
        assert answer.status_code == status, if_range
        assert answer.content == (PDF[5:10] if status == 206 else PDF)


async def test_what_a_browser_has_is_not_sent_again(here: Town) -> None:
    president, stranger = await here.phone(PRESIDENT), await here.phone(MIDORI_PRESIDENT)
    sha = (await upload(president, PDF)).json()["sha256"]
    for known in (f'"{sha}"', f'W/"{sha}"', f'"x", "{sha}"', "*"):
        headers = {"If-None-Match": known, "Range": "bytes=5-9"}
        for method in ("GET", "HEAD"):
            answer = await president.http.request(method, f"/files/{sha}", headers=headers)
            assert (answer.status_code, answer.content) == (304, b""), known
            assert answer.headers["etag"] == f'"{sha}"'
            assert "private" in answer.headers["cache-control"]
        is_a_problem(
            await stranger.http.get(f"/files/{sha}", headers=headers), 404, what="a guess tells nothing"
        )
    answer = await president.http.get(f"/files/{sha}", headers={"If-None-Match": '"x"'})
    assert (answer.status_code, answer.content) == (200, PDF)


async def test_head_tells_what_get_would_without_the_bytes(here: Town) -> None:
    president, stranger = await here.phone(PRESIDENT), await here.phone(MIDORI_PRESIDENT)
    sha = (await upload(president, PDF)).json()["sha256"]
    told = await president.http.head(f"/files/{sha}", headers={"Range": "bytes=5-9"})
    got = await president.http.get(f"/files/{sha}")
    assert (told.status_code, told.content) == (200, b"")
    assert dict(told.headers) == dict(got.headers)
    assert (await stranger.http.head(f"/files/{sha}")).status_code == 404
    assert (await president.http.head("/files/nonsense")).status_code == 404


async def test_a_large_file_comes_in_pieces_and_any_part_of_it_too(here: Town) -> None:
    president = await here.phone(PRESIDENT)
    large = PDF + os.urandom(5 * 1024 * 1024)
    sha = (await upload(president, large)).json()["sha256"]
    whole = await president.http.get(f"/files/{sha}")
    assert (whole.status_code, whole.content == large) == (200, True)
    assert whole.headers["content-length"] == str(len(large))
    for first, last in ((1, 3_000_000), (1024 * 1024, 3 * 1024 * 1024 - 1), (2_000_000, len(large) - 1)):
        part = await president.http.get(f"/files/{sha}", headers={"Range": f"bytes={first}-{last}"})
        assert (part.status_code, part.content == large[first : last + 1]) == (206, True)
        assert part.headers["content-length"] == str(last - first + 1)
    await here.house.store.delete(TENANT, sha)
    is_a_problem(await president.http.get(f"/files/{sha}"), 404)


@pytest.mark.slow
async def test_attachments_in_a_bucket_are_as_those_in_a_folder(
    sqlite_database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    s3.sign_in(monkeypatch)
    with ExitStack() as bucket:
        running = bucket.enter_context(s3.server())
        async with town(
            sqlite_database, tmp_path, chores=True, files_url=running.url, files_endpoint=running.endpoint
        ) as here:
            president, resident = await here.phone(PRESIDENT), await here.phone(RESIDENT)
            sha, _ = await attached(here, president, PDF, "回覧.pdf")
            assert (await resident.http.get(f"/files/{sha}")).content == PDF
            part = await resident.http.get(f"/files/{sha}", headers={"Range": "bytes=5-9"})
            assert (part.status_code, part.content) == (206, PDF[5:10])
            assert (await resident.http.head(f"/files/{sha}")).headers["content-length"] == str(len(PDF))
            await here.house.store.delete("hana", sha)
            is_a_problem(await resident.http.get(f"/files/{sha}"), 404, what="lost in the bucket")
            bucket.close()
            answer = await upload(president, PDF)
            is_a_problem(answer, 503, slug="store-away")
            assert answer.headers["retry-after"]
            assert "kairan-town" not in answer.text, "where it is kept is the operator's business"


def _text_chunk() -> Any:
    from PIL.PngImagePlugin import PngInfo

    info = PngInfo()
    info.add_text("Comment", "taken at home, door 203")
    return info


async def test_the_same_flyer_can_be_sent_by_two_officers_and_two_associations(here: Town) -> None:
    president, other, midori = [await here.phone(each) for each in (PRESIDENT, OFFICER_2, MIDORI_PRESIDENT)]
    resident, stranger = await here.phone(RESIDENT), await here.phone(LEADER_1)
    for phone, association in ((president, here.sakura), (other, here.sakura), (midori, here.midori)):
        uploaded = await upload(phone, PDF, "市のちらし.pdf")
        assert uploaded.status_code == 201, uploaded.text
        files = [{"sha256": uploaded.json()["sha256"], "name": f"{phone.name}.pdf"}]
        answer = await here.try_post(phone, association, files=files, title=phone.name)
        assert answer.status_code == 201, f"{phone.name}: {answer.text}"
    sha = files[0]["sha256"]
    listed = (await president.http.get(f"/api/v1/associations/{here.sakura}/notices")).json()["notices"]
    await story.act(president, listed[0]["id"], "withdraw")
    for phone in (resident, stranger):
        assert (await phone.http.get(f"/files/{sha}")).status_code == 200, "the other notice still carries it"
    await story.act(president, listed[1]["id"], "withdraw")
    is_a_problem(
        await resident.http.get(f"/files/{sha}"),
        404,
        what="both are withdrawn; the neighbours' is not theirs",
    )
