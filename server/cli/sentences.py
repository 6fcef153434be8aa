"""Every error as a sentence. What is ours carries its own; a library's is named, and never shown as a traceback."""

import traceback
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from notices.errors import KairanError
from server.db import DatabaseMissing
from server.keeping.lock import Locked
from server.keys import KeysMissing
from server.processes.admin import Refused, refusal
from server.processes.ready import NotReady
from server.settings import WrongSetting


def sentence(error: Exception) -> tuple[str, int]:
    """→ (what to tell the operator, exit code)."""
    if isinstance(error, ExceptionGroup):
        return sentence(error.exceptions[0])
    if isinstance(error, WrongSetting):
        return str(error), 2
    if isinstance(error, (NotReady, DatabaseMissing, KeysMissing, Locked, Refused)):
        return str(error), 1
    if isinstance(error, KairanError):
        return str(refusal(error)), 1
    if isinstance(error, OSError) and error.strerror:
        return f"{error.strerror}{f': {error.filename}' if error.filename else ''}.", 1
    if isinstance(error, SQLAlchemyError):
        cause = getattr(error, "orig", None) or error
        return f"The database did not do it ({type(cause).__name__}). Nothing was changed; try again.", 1
    return f"This should not have happened ({type(error).__name__} in {_place(error)}). Please report it.", 1


def _place(error: Exception) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    return f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "an unknown place"
