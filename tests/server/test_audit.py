"""What officers did is appended, chained, and refuses to be changed."""

from pathlib import Path

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.exc import DBAPIError

from notices.auditing import checking
from notices.models import Audit
from server.app import empty_app
from tests.town import TENANT, Town, town

ROOT = Path(__file__).parents[2]


async def holds(here: Town) -> bool:
    async with here.house.db.read() as session:
        return (await checking.check(session, TENANT)).bad is None


async def test_every_action_of_an_officer_is_in_the_audit(database_url: str, tmp_path: Path) -> None:
    async with town(database_url, tmp_path) as here:
        president, leader = await here.phone("山田 花子"), await here.phone("佐藤 一郎")
        notice = await here.post(president)
        path = f"/api/v1/notices/{notice['id']}"
        patch = {"baseRevision": 1, "title": "なおした題名", "resend": "none", "askAgain": False}
        assert (await president.http.patch(path, json=patch)).status_code == 200
        said = {"householdId": here.households["鈴木"], "how": "paper"}
        assert (await leader.http.post(f"{path}/stamps", json=said)).status_code == 201
        household = f"/api/v1/households/{here.households['渡辺']}"
        assert (await president.http.patch(household, json={"paper": True})).status_code == 200
        assert (await president.http.post(f"{path}/withdraw")).status_code == 200
        async with here.house.db.read() as session:
            rows = (await session.scalars(select(Audit).order_by(Audit.seq))).all()
        done = {row.action for row in rows}
        assert {"notice.write", "notice.publish", "notice.correct", "notice.withdraw"} <= done
        assert {"visit.paper", "household.paper", "tickets.issued", "device.enrolled"} <= done
        assert [row.seq for row in rows] == list(range(1, len(rows) + 1))
        assert await holds(here)
        written = " ".join(f"{row.action} {row.subject} {row.detail}" for row in rows)
        assert "山田" not in written
        assert "@" not in written


@pytest.mark.parametrize("change", [update(Audit).values(action="nothing"), delete(Audit)])
async def test_the_database_refuses_to_change_the_past(
    database_url: str, tmp_path: Path, change: object
) -> None:
    async with town(database_url, tmp_path) as here:
        with pytest.raises(DBAPIError, match="append-only"):
            async with here.house.db.write() as session:
                await session.execute(change)  # type: ignore[call-overload]


DEEDS = {
    "POST /notices/{notice:str}/alone": "approval.",
    "PUT /cities/{city:str}/alarm-settings": "alarm.alone",
    "POST /notices/{notice:str}/close": "safety.close",
    "POST /associations/{association:str}/households": "life.",
    "POST /associations/{association:str}/handover": "handover.scheduled",
    "DELETE /associations/{association:str}/handover": "handover.cancelled",
    "POST /associations/{association:str}/notices": "notice.write",
    "PUT /associations/{association:str}/circulars": "circular.policy",
    "DELETE /associations/{association:str}/devices/{device:str}": "device.revoked",
    "POST /associations/{association:str}/people/{person:str}/erasure": "erasure.asked",
    "DELETE /associations/{association:str}/people/{person:str}/erasure": "erasure.taken-back",
    "PUT /associations/{association:str}/people/{person:str}/mail": "person.mail",
    "POST /associations/{association:str}/recovery": "officer.seated",
    "POST /associations/{association:str}/recovery/slips": "officer.let-in-anew",
    "POST /associations/{association:str}/roster": "roster.imported",
    "POST /associations/{association:str}/tickets": "tickets.issued",
    "POST /changes/{change:str}/take-back": "life.taken-back",
    "POST /cities/{city:str}/alerts/rules": "cap.rule-written",
    "PUT /cities/{city:str}/alerts/rules/{rule:str}": "cap.rule-on",
    "DELETE /cities/{city:str}/alerts/rules/{rule:str}": "cap.rule-ended",
    "POST /cities/{city:str}/notices": "circular.write",
    "PATCH /households/{household:str}": "household.paper",
    "POST /households/{household:str}/death": "life.",
    "POST /households/{household:str}/merge": "life.",
    "POST /households/{household:str}/move-out": "life.",
    "POST /households/{household:str}/people": "life.",
    "POST /households/{household:str}/split": "life.",
    "POST /me/passkeys": "passkey.made",
    "PATCH /notices/{notice:str}": "notice.correct",
    "POST /notices/{notice:str}/approve": "approval.",
    "POST /notices/{notice:str}/decline": "circular.decline",
    "POST /notices/{notice:str}/forward": "circular.forward",
    "POST /notices/{notice:str}/insist": "notice.insist",
    "POST /notices/{notice:str}/publish": "notice.publish",
    "POST /notices/{notice:str}/recall": "approval.",
    "POST /notices/{notice:str}/refuse": "approval.",
    "POST /notices/{notice:str}/send": "notice.publish",
    "POST /notices/{notice:str}/sheet": "sheet.printed",
    "POST /notices/{notice:str}/stamps": "visit.",
    "POST /notices/{notice:str}/undo": "notice.undo",
    "POST /notices/{notice:str}/withdraw": "notice.withdraw",
}
"""Route → the action that it leaves; one that ends in a dot goes on with what was done."""
NO_DEEDS = {
    "POST /me/passkeys/options": "a question to answer",
    "POST /me/step-up/options": "a question to answer",
    "POST /me/step-up": "who somebody is",
    "POST /files": "nobody sees a file before a notice has it",
    "PATCH /files/uploads/{upload:str}": "nobody sees a file before a notice has it",
    "DELETE /files/uploads/{upload:str}": "nobody sees a file before a notice has it",
}


def test_every_deed_of_officers_and_clerks_names_the_entry_it_leaves() -> None:
    doing = {
        f"{method} {route.path.removeprefix('/api/v1')}"
        for route in empty_app().routes
        for handler in getattr(route, "route_handlers", ())
        if any(who in str(handler.opt.get("who")) for who in ("officer", "clerk"))
        for method in handler.http_methods - {"GET", "HEAD", "OPTIONS"}
    }
    assert doing == DEEDS.keys() | NO_DEEDS.keys(), "say which entry it leaves in the audit, or why none"
    written = "".join(
        file.read_text() for room in ("notices", "server") for file in (ROOT / room).rglob("*.py")
    )
    unwritten = {action for action in DEEDS.values() if f'"{action}' not in written}
    assert not unwritten, f"nothing writes these entries: {unwritten}"
