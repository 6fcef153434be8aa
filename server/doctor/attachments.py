"""The place of the attachments: whether it can be written and read, and whether it holds what the town has attached."""

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from sqlalchemy import select

from notices.ids import new_id
from notices.models import File
from server.attachments import store
from server.doctor import Finding, Patient, fail, ok, warn
from server.edge.errors import StoreAway
from server.settings import names_a_bucket

_PROBE: Final = b"kairan doctor was here"
_REMEDY: Final = "Look at KAIRAN_FILES_URL, KAIRAN_FILES_ENDPOINT and the AWS_ variables."


async def files(patient: Patient) -> Sequence[Finding]:
    if names_a_bucket(patient.settings.files_url):
        return await _bucket(patient)
    return _folder(Path(patient.settings.files_url))


def _folder(folder: Path) -> Sequence[Finding]:
    near = folder
    while not near.exists():
        near = near.absolute().parent
    try:
        with tempfile.TemporaryFile(dir=near):
            pass
    except OSError as error:
        said = f"Nothing can be written to {near} ({error.strerror})."
        return [fail("files", said, "Let this user write there.")]
    return [ok("files", f"Attachments can be written to {folder}.")]


async def _bucket(patient: Patient) -> Sequence[Finding]:
    """Writes a few bytes, reads them, and takes them away again: rights in a bucket are given one by one."""
    place = store.opened(patient.settings).place
    key = f"doctor/{new_id()}"
    try:
        await place.put(key, _PROBE)
        read = await place.read(key, range(len(_PROBE)))
        await place.delete(key)
    except StoreAway as away:
        return [fail("files", f"{away.why[:1].upper()}{away.why[1:]}.", _REMEDY)]
    if read != _PROBE:
        return [fail("files", f"{place.name} gives back other bytes than it was given.", _REMEDY)]
    found = [ok("files", f"Attachments can be written to {place.name}.")]
    endpoint = urlsplit(patient.settings.files_endpoint)
    if endpoint.scheme == "http" and endpoint.hostname not in ("localhost", "127.0.0.1", "::1"):
        said = f"Attachments travel to {endpoint.netloc} without encryption."
        found.append(warn("files", said, "Use https:// in KAIRAN_FILES_ENDPOINT."))
    return found


async def attached(patient: Patient) -> Sequence[Finding]:
    """One listing: to ask for each by itself takes minutes in a bucket."""
    kept = store.opened(patient.settings)
    async with patient.db.read() as session:
        rows = {(row.tenant, row.sha256) for row in await session.execute(select(File.tenant, File.sha256))}
    try:
        there = {(each.tenant, each.sha256) async for each in kept.listed()} if rows else set()
    except StoreAway:
        return []  # said already
    if not (missing := rows - there):
        return []
    said = f"{len(missing)} of {len(rows)} attachments are not in {kept.place.name}."
    return [fail("files", said, "Look at KAIRAN_FILES_URL, or restore them from a backup.")]
