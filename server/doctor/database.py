"""The database and the room it has."""

import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from server.doctor import Finding, Patient, fail, ok, warn
from server.keeping import lock
from server.processes import ready
from server.settings import Settings, names_a_bucket

GIGABYTE: Final = 2**30


def database(settings: Settings) -> Finding:
    """There, sound, of this program's schema. Not to be called inside an event loop. Raises NotReady, DatabaseMissing."""
    file = ready.database_file(settings)
    if file is not None and file.exists():
        ready.insist_on_sound_file(file)
    ready.insist_on_schema(settings)
    if file is not None and file.stat().st_mode & 0o077:
        return fail("database", f"Others on this machine can read {file}.", f"chmod 600 {file}")
    if file is not None and not _served(file):
        return warn(
            "database", f"{ready.where(settings)} is sound, but no `kairan serve` is using it.", "Start it."
        )
    return ok("database", f"{ready.where(settings)} answers and has the right schema.")


def _served(file: Path) -> bool:
    try:
        with lock.writing(file):
            return False
    except lock.Locked:
        return True


async def disk(patient: Patient) -> Sequence[Finding]:
    return list(_disk(patient.settings))


def _disk(settings: Settings) -> Iterator[Finding]:
    places = {} if names_a_bucket(settings.files_url) else {"the attachments": Path(settings.files_url)}
    if (file := ready.database_file(settings)) is not None:
        places["the database"] = file.absolute().parent
    for what, place in places.items():
        while not place.exists():
            place = place.absolute().parent
        room = shutil.disk_usage(place)
        said = f"{room.free / GIGABYTE:.1f} GB are free for {what}."
        if room.free < GIGABYTE / 4:
            yield fail("disk", said, "Make room now: when it is full nothing can be published.")
        elif room.free < 2 * GIGABYTE:
            yield warn("disk", said, "Make room before it is full.")
        else:
            yield ok("disk", said)
