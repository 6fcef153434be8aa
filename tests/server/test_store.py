"""A file that was acknowledged is there after a power cut."""

import os
import stat
from pathlib import Path

import pytest

from server.store import Store


def test_a_file_and_its_name_are_on_disk_before_it_is_acknowledged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced, fsync = [], os.fsync

    def noted(handle: int) -> None:
        synced.append("folder" if stat.S_ISDIR(os.fstat(handle).st_mode) else "file")
        fsync(handle)

    monkeypatch.setattr(os, "fsync", noted)
    store = Store(tmp_path)
    store.put("hana", "ab" * 32, b"a flyer")
    assert synced == ["file", "folder"]
    assert store.path("hana", "ab" * 32).read_bytes() == b"a flyer"
    assert [each.name for each in store.path("hana", "ab" * 32).parent.iterdir()] == ["ab" * 32]
