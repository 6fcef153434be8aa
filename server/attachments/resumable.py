"""PURE: the header fields of "Resumable Uploads for HTTP" (draft-ietf-httpbis-resumable-upload, §4): read and said.

A field with a value that is none is as if it were not there, as the draft wants it.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.message import Message
from typing import Final

from notices.attachments.ingest import LARGEST
from notices.attachments.uploads import AGE, SMALLEST_PART
from notices.models import Upload

PART: Final = "application/partial-upload"
_NUMBER: Final = re.compile(r"[0-9]{1,15}")
_LONGEST_NAME: Final = 200


@dataclass(frozen=True, slots=True)
class Asked:
    offset: int | None
    complete: bool | None
    length: int | None


def asked(headers: Mapping[str, str]) -> Asked:
    return Asked(
        offset=_number(headers.get("upload-offset", "")),
        complete={"?1": True, "?0": False}.get(headers.get("upload-complete", "").strip()),
        length=_number(headers.get("upload-length", "")),
    )


def is_encoded(headers: Mapping[str, str]) -> bool:
    return headers.get("content-encoding", "identity").strip().lower() != "identity"


def is_part(headers: Mapping[str, str]) -> bool:
    return headers.get("content-type", "").partition(";")[0].strip().lower() == PART


def name_of(disposition: str) -> str:
    """The file name in a Content-Disposition (RFC 6266), without a path; "" where there is none."""
    message = Message()
    message["Content-Disposition"] = disposition.replace("\r", " ").replace("\n", " ")
    try:
        name = message.get_filename("")
    except (LookupError, UnicodeError, ValueError):
        return ""
    return re.split(r"[/\\]", name)[-1][:_LONGEST_NAME]


def state(upload: Upload, now: datetime) -> dict[str, str]:
    """Of an upload, in every answer about it."""
    told = {
        "Upload-Offset": str(upload.received),
        "Upload-Complete": "?0" if upload.sha256 is None else "?1",
        "Upload-Limit": limits(upload, now),
    }
    return told if upload.length is None else told | {"Upload-Length": str(upload.length)}


def limits(upload: Upload | None = None, now: datetime | None = None) -> str:
    said = f"max-size={LARGEST}, min-append-size={SMALLEST_PART}"
    if upload is None or now is None:
        return said
    return f"{said}, max-age={max(0, int((upload.created_at + AGE - now).total_seconds()))}"


def _number(text: str) -> int | None:
    return int(text) if _NUMBER.fullmatch(text.strip()) else None
