"""What the stories about forms have in common: what is asked, how a phone answers, how it stands."""

from datetime import UTC, datetime
from typing import Any

from tests.phone import Phone
from tests.town import Town

OPTIONS = [{"id": "am", "text": "午前"}, {"id": "pm", "text": "午後"}, {"id": "no", "text": "どちらもだめ"}]
SURVEY: dict[str, Any] = {
    "kind": "survey",
    "questions": [
        {"id": "when", "asks": "one", "text": "清掃はいつがよいですか", "needed": True, "options": OPTIONS},
        {"id": "bring", "asks": "many", "text": "持ってこられるもの", "options": OPTIONS[:2]},
        {"id": "say", "asks": "text", "text": "ご意見"},
    ],
}
VOTE: dict[str, Any] = {
    "kind": "assembly",
    "questions": [
        {"id": "m1", "asks": "vote", "text": "第1号議案　事業報告", "needed": True},
        {"id": "m2", "asks": "vote", "text": "第2号議案　会費を500円上げる", "needed": True},
    ],
}


def lunch(places: int | None = 5, per: str = "household") -> dict[str, Any]:
    return {"kind": "attendance", "per": per, "places": places, "questions": []}


def reply(
    phone: Phone,
    notice: str,
    *,
    whose: str | None = None,
    home: str | None = None,
    at: datetime | None = None,
    **said: Any,
) -> str:
    """A press on the form; it leaves with the next push. `said`: answers, people, letter, entered."""
    home = home or phone.home()
    id = f"fa.{notice}.{whose or home}"
    pressed = (at or datetime.now(UTC)).isoformat()
    body = {"notice": notice, "household": home, "whose": whose or home, "at": pressed, **said}
    phone.write("form-answers", id, body)
    return id


def votes(first: str, second: str) -> dict[str, str]:
    return {"m1": first, "m2": second}


async def sent(phone: Phone) -> list[tuple[str, str]]:
    """Pushed: of each the status, and the code where there is one."""
    return [(each["status"], each.get("code") or "") for each in await phone.push()]


async def stands(by: Phone, notice: str) -> dict[str, Any]:
    answer = await by.http.get(f"/api/v1/notices/{notice}/form")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def on_the_phone(phone: Phone, notice: str, whose: str | None = None) -> dict[str, Any] | None:
    """The answer as this phone holds it."""
    await phone.pull()
    return phone.records.get(("form-answers", f"fa.{notice}.{whose or phone.home()}"))


async def refused(here: Town, by: Phone, **said: Any) -> str:
    """The slug with which a notice with this form is turned away."""
    answer = await here.try_post(by, **said)
    assert answer.status_code in (409, 422), answer.text
    slug: str = answer.json()["slug"]
    return slug
