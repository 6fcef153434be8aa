"""The same promises of both places: a folder, and a bucket of an S3-compatible store."""

import asyncio
import os
import socket
import stat
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest

from server.attachments.bucket import Bucket
from server.attachments.folder import Folder
from server.attachments.store import Store, opened
from server.edge.errors import StoreAway
from server.settings import Settings, WrongSetting, checked
from tests import s3

pytestmark = pytest.mark.slow

FLYER = b"a flyer of two pages"
SHA = sha256(FLYER).hexdigest()
UPLOAD = "AZrP7Jt4c9-_AAAAAAAAAA"


@pytest.fixture(scope="module")
def bucket() -> Iterator[s3.S3]:
    with s3.server() as running:
        yield running


@pytest.fixture(params=["folder", "bucket"])
def store(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    """Empty. Each test's is apart from the others' in the one bucket."""
    if request.param == "folder":
        return opened(Settings(files_url=str(tmp_path / "files")))
    s3.sign_in(monkeypatch)
    place: s3.S3 = request.getfixturevalue("bucket")
    return opened(Settings(files_url=f"{place.url}/{tmp_path.name}", files_endpoint=place.endpoint))


async def test_what_was_put_is_read_back_whole_and_in_part(store: Store) -> None:
    await store.put("hana", SHA, FLYER)
    assert await store.read("hana", SHA) == FLYER
    assert await store.read("hana", SHA, range(2, 7)) == FLYER[2:7]
    assert await store.read("hana", SHA, range(len(FLYER) - 1, len(FLYER))) == FLYER[-1:]
    assert await store.size("hana", SHA) == len(FLYER)


async def test_a_file_of_twenty_megabytes_comes_back_as_it_went(store: Store) -> None:
    large = os.urandom(20 * 1024 * 1024)
    name = sha256(large).hexdigest()
    await store.put("hana", name, large)
    assert sha256(await store.read("hana", name)).hexdigest() == name
    assert await store.read("hana", name, range(19_000_000, 19_000_010)) == large[19_000_000:19_000_010]


async def test_what_one_city_keeps_is_not_there_for_another(store: Store) -> None:
    await store.put("hana", SHA, FLYER)
    assert not await store.exists("yuri", SHA)
    with pytest.raises(FileNotFoundError):
        await store.read("yuri", SHA)
    with pytest.raises(FileNotFoundError):
        await store.read("yuri", SHA, range(3))


async def test_putting_twice_and_deleting_twice_is_as_once(store: Store) -> None:
    await store.put("hana", SHA, FLYER)
    await store.put("hana", SHA, FLYER)
    assert await store.read("hana", SHA) == FLYER
    await store.delete("hana", SHA)
    await store.delete("hana", SHA)
    assert not await store.exists("hana", SHA)


async def test_the_list_has_every_city_and_no_parts_of_uploads(store: Store) -> None:
    assert [each async for each in store.listed()] == []
    other = sha256(b"other").hexdigest()
    await store.put("yuri", SHA, FLYER)
    await store.put("hana", other, b"other")
    await store.put_part("hana", UPLOAD, SHA, FLYER)
    listed = {(each.tenant, each.sha256, each.size) async for each in store.listed()}
    assert listed == {("yuri", SHA, len(FLYER)), ("hana", other, 5)}


async def test_parts_of_an_upload_are_found_by_it_and_go_with_it(store: Store) -> None:
    await store.put_part("hana", UPLOAD, SHA, FLYER)
    assert await store.read_part("hana", UPLOAD, SHA) == FLYER
    (keys,) = (await store.uploads("hana")).values()
    assert list(await store.uploads("hana")) == [UPLOAD]
    assert await store.uploads("yuri") == {}
    await store.place.delete(keys[0])
    assert await store.uploads("hana") == {}
    with pytest.raises(FileNotFoundError):
        await store.read_part("hana", UPLOAD, SHA)


async def test_two_processes_that_put_the_same_at_once_leave_one_whole(store: Store) -> None:
    other = Store(store.place)
    await asyncio.gather(*(each.put("hana", SHA, FLYER) for each in (store, other) * 4))
    assert await store.read("hana", SHA) == FLYER
    assert [each.sha256 async for each in store.listed()] == [SHA]


async def test_a_file_and_its_name_are_on_disk_before_it_is_acknowledged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced, fsync = [], os.fsync

    def noted(handle: int) -> None:
        synced.append("folder" if stat.S_ISDIR(os.fstat(handle).st_mode) else "file")
        fsync(handle)

    monkeypatch.setattr(os, "fsync", noted)
    await Store(Folder(tmp_path)).put("hana", SHA, FLYER)
    assert synced == ["file", "folder"]
    kept = tmp_path / "hana" / SHA[:2] / SHA
    assert kept.read_bytes() == FLYER
    assert list(kept.parent.iterdir()) == [kept]


async def test_a_put_that_fails_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        await Store(Folder(tmp_path)).put("hana", SHA, FLYER)
    assert [name for *_, names in os.walk(tmp_path) for name in names] == []


async def test_a_bucket_that_does_not_answer_is_away_and_not_empty(
    monkeypatch: pytest.MonkeyPatch, bucket: s3.S3
) -> None:
    s3.sign_in(monkeypatch)
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        deaf = f"http://127.0.0.1:{nobody.getsockname()[1]}"
        away = Store(Bucket.at(bucket.url, deaf))
        missing = Store(Bucket.at("s3://no-such-bucket/x", bucket.endpoint))
        for store, why in ((away, "does not answer"), (missing, "does not exist")):
            with pytest.raises(StoreAway) as put:
                await store.put("hana", SHA, FLYER)
            assert why in put.value.why
            with pytest.raises(StoreAway):
                await store.read("hana", SHA)
            with pytest.raises(StoreAway):
                [each async for each in store.listed()]
        with pytest.raises(StoreAway):
            await away.exists("hana", SHA)


@pytest.mark.parametrize(
    ("files_url", "files_endpoint"),
    [
        ("gs://bucket", ""),
        ("https://s3.example.jp/bucket", ""),
        ("s3://", ""),
        ("s3:///prefix", ""),
        ("s3://key:secret@bucket", ""),
        ("s3://bucket?region=x", ""),
        ("s3://bucket/a//b", ""),
        ("s3://bucket/../other", ""),
        ("s3://bucket", "s3.example.jp"),
        ("s3://bucket", "https://key:secret@s3.example.jp"),
        ("files", "https://s3.example.jp"),
    ],
)
def test_a_place_that_is_written_wrong_fails_at_the_start_with_a_sentence(
    files_url: str, files_endpoint: str
) -> None:
    with pytest.raises(WrongSetting, match="KAIRAN_FILES_"):
        checked(Settings(files_url=files_url, files_endpoint=files_endpoint))


def test_a_bucket_with_and_without_a_prefix_is_a_place(monkeypatch: pytest.MonkeyPatch) -> None:
    s3.sign_in(monkeypatch)
    for files_url, endpoint in (("s3://bucket", ""), ("s3://bucket/a/b/", "https://s3.example.jp")):
        settings = checked(Settings(files_url=files_url, files_endpoint=endpoint))
        assert files_url in opened(settings).place.name
