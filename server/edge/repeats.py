"""A request that is sent again after a lost answer, and a press that may be taken back: what routes of notices share."""

import re
from datetime import timedelta
from typing import Annotated, Final

from litestar.params import HeaderParameter

from notices.errors import KeyMissing
from server.house import House

_KEY: Final = re.compile("[!-~]{1,64}")
IdempotencyKey = Annotated[str | None, HeaderParameter(name="Idempotency-Key")]


def a_key(given: str | None) -> str:
    """Raises KeyMissing."""
    if given is None or not _KEY.fullmatch(given):
        raise KeyMissing()
    return given


def undo_of(house: House) -> timedelta:
    """How long a press may be taken back."""
    return timedelta(seconds=house.settings.undo_seconds)
