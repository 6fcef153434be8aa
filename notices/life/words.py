"""PURE: what an officer types into a form about a home, held to the same rules as a cell of a roster file."""

from datetime import date

from notices.life.life_errors import EntryWrong
from notices.roster import cells
from notices.roster.cells import CellWrong


def line(field: str, text: str) -> str:
    """Without blanks around it. Raises EntryWrong."""
    try:
        return cells.cleaned(text)
    except CellWrong as wrong:
        raise EntryWrong(field=field, why=str(wrong)) from None


def needed(field: str, text: str) -> str:
    """Raises EntryWrong."""
    if not (said := line(field, text)):
        raise EntryWrong(field=field, why="空のままでは登録できません。")
    return said


def year(field: str, text: str, today: date) -> int | None:
    """Raises EntryWrong."""
    try:
        return cells.year(said, today) if (said := line(field, text)) else None
    except CellWrong as wrong:
        raise EntryWrong(field=field, why=str(wrong)) from None


def mail(field: str, text: str) -> str:
    """Raises EntryWrong."""
    try:
        return cells.mail(said) if (said := line(field, text)) else ""
    except CellWrong as wrong:
        raise EntryWrong(field=field, why=str(wrong)) from None
