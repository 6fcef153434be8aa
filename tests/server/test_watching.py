"""Who watches the house sees where it is stuck and why, and nobody's name."""

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, update

from notices import ids, quotas
from notices.ledger.reasons import REASONS
from notices.models import Lane, Planning, Seat, Term
from notices.tokyo import today
from server.doctor import Patient
from server.doctor.lanes import lanes
from server.work.figures import FOR_CLERKS, OURS, why_of
from tests.town import TENANT, Town, town

TOKEN = "a-token-of-the-operator"


async def stuck(here: Town) -> None:
    """A notice is out, its main mail domain rests, a push service refuses our key, a plan waits for an officer."""
    president = await here.phone("山田 花子")
    for _ in range(3):
        await here.post(president)
    now = here.clock()
    rows: list[dict[str, Any]] = [
        {"channel": "mail", "name": "example.jp", "troubles": 3, "reason": "server-closing", "alarm": None},
        {
            "channel": "push",
            "name": "https://push.example.jp",
            "troubles": 0,
            "reason": None,
            "alarm": "vapid",
        },
    ]
    async with here.house.db.write() as session:
        for row in rows:
            times = {"paused_until": now + timedelta(minutes=1) if row["troubles"] else None, "alarm_at": now}
            await session.execute(insert(Lane).values(asked=True, **row, **times))
    here.clock.pass_(seconds=30)


async def read(here: Town, token: str = TOKEN) -> tuple[int, Mapping[str, float], str]:
    async with here.http() as prometheus:
        answer = await prometheus.get("/metrics", headers={"Authorization": f"Bearer {token}"})
    samples = [line.rpartition(" ") for line in answer.text.splitlines() if not line.startswith("#")]
    figures = {name: float(value) for name, _, value in samples} if answer.status_code == 200 else {}
    return answer.status_code, figures, answer.text


async def test_metrics_say_what_waits_how_long_and_where_it_is_stuck(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path, metrics_token=TOKEN) as here:
        await stuck(here)
        status, seen, text = await read(here)
        assert status == 200
        of_lane = '{channel="mail",lane="example.jp",urgency="ordinary"}'
        assert seen["kairan_waiting" + of_lane] == 12
        assert seen["kairan_oldest_due_seconds" + of_lane] == 30
        assert seen['kairan_lanes_shut{channel="mail"}'] == 1
        assert seen['kairan_lanes_alarmed{channel="push"}'] == 1
        assert seen['kairan_messages{channel="mail",state="due"}'] == 15
        assert seen['kairan_waiting{channel="mail",lane="others",urgency="ordinary"}'] == 3
        assert "docomo" not in text, "a domain of few may be one family's"
        here.clock.pass_(minutes=2)
        await here.work()
        _, seen, _ = await read(here)
        assert seen['kairan_messages{channel="mail",state="sent"}'] == 15
        assert seen['kairan_lanes_shut{channel="mail"}'] == 0


async def test_metrics_are_for_whoever_has_the_token(sqlite_database: str, tmp_path: Path) -> None:
    async with town(sqlite_database, tmp_path, metrics_token=TOKEN) as here:
        assert (await read(here, "another-token-of-some"))[0] == 404
        assert (await read(here, ""))[0] == 404


async def test_without_a_token_in_the_settings_there_are_no_metrics(
    sqlite_database: str, tmp_path: Path
) -> None:
    async with town(sqlite_database, tmp_path) as here:
        assert (await read(here, ""))[0] == 404
        assert (await read(here))[0] == 404


async def test_a_clerk_sees_the_lanes_with_a_sentence_each_and_officers_do_not(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here:
        await stuck(here)
        officer, clerk = await here.phone("高橋 健"), await here.phone("渡辺 誠")
        await appoint(here, "渡辺 誠", "clerk")
        path = "/api/v1/operations/lanes"
        assert (await officer.http.get(path)).status_code == 403
        answer = await clerk.http.get(path)
        assert answer.status_code == 200, answer.text
        first, second = answer.json()["lanes"][:2]
        assert (first["lane"], first["alarm"], first["sentence"]) == (
            "https://push.example.jp",
            "vapid",
            FOR_CLERKS["vapid"] + OURS,
        )
        assert (second["lane"], second["waiting"]) == ("example.jp", {"ordinary": 12})
        assert second["sentence"].startswith(REASONS["server-closing"])
        assert second["pausedUntil"]


@pytest.mark.parametrize("reason", sorted(REASONS))
def test_no_clerk_is_told_to_tell_the_clerk(reason: str) -> None:
    assert "市の担当者に" not in why_of(reason)
    assert why_of(reason)


def test_what_a_clerk_has_to_have_mended_says_by_whom() -> None:
    told_on = {reason for reason, said in REASONS.items() if "市の担当者に知らせて" in said}
    assert told_on == set(FOR_CLERKS), "whatever leaders are to tell the city has its own words there"


async def test_of_thousands_of_destinations_a_clerk_sees_the_worst_and_how_many_there_are(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here:
        clerk = await here.phone("渡辺 誠")
        await appoint(here, "渡辺 誠", "clerk")
        well = {"channel": "mail", "asked": False, "last_ok_at": here.clock(), "troubles": 0}
        rows = [well | {"name": f"d{n:04}.example.jp", "troubles": int(n >= 4_997)} for n in range(5_000)]
        async with here.house.db.write() as session:
            await session.execute(insert(Lane), rows)
        answer = await clerk.http.get("/api/v1/operations/lanes")
        said = answer.json()
        assert (said["destinations"], said["inTrouble"]) == (5_000, 3)
        assert [lane["troubles"] for lane in said["lanes"][:4]] == [1, 1, 1, 0]
        assert len(said["lanes"]) == 100
        assert len(answer.content) < 50_000


async def test_all_messages_are_counted_once_a_minute_at_most_however_often_somebody_asks(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path, metrics_token=TOKEN) as here:
        due = 'kairan_messages{channel="mail",state="due"}'
        president = await here.phone("山田 花子")
        await here.post(president)
        _, first, _ = await read(here)
        await here.post(president)
        here.clock.pass_(seconds=59)
        _, soon, _ = await read(here)
        here.clock.pass_(seconds=1)
        _, later, _ = await read(here)
        assert (first[due], soon[due], later[due]) == (5, 5, 10)


async def test_a_month_of_messages_is_counted_while_somebody_knows_it(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path, metrics_token=TOKEN) as here:
        async with here.house.db.write() as session:
            await quotas.keep(session, "line", 190, 200, here.clock())
        used, most = 'kairan_month_used{channel="line"}', 'kairan_month_most{channel="line"}'
        _, now, _ = await read(here)
        assert (now[used], now[most]) == (190, 200)
        here.clock.pass_(hours=2)
        _, later, _ = await read(here)
        assert not {used, most} & set(later)


async def appoint(here: Town, name: str, role: str) -> None:
    seat, day = ids.new_id(), today(here.clock())
    async with here.house.db.write() as session:
        journalled = {"journalled": True}
        row = {
            "tenant": TENANT,
            "id": seat,
            "role": role,
            "title": "職員",
            "association": None,
            "block": None,
        }
        await session.execute(insert(Seat).values(row), execution_options=journalled)
        term = {
            "tenant": TENANT,
            "id": ids.new_id(),
            "seat": seat,
            "person": here.people[name],
            "begins": day,
        }
        await session.execute(insert(Term).values(term), execution_options=journalled)


async def test_doctor_says_in_a_sentence_which_lanes_are_shut_and_why(
    sqlite_database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with town(sqlite_database, tmp_path) as here:
        patient = Patient(here.house.settings, here.house.db)
        monkeypatch.setattr("server.doctor.lanes.utc_now", here.clock)
        assert [each.level for each in await lanes(patient)] == ["ok"]
        await stuck(here)
        async with here.house.db.write() as session:
            await session.execute(update(Planning).values(stopped="nobody", closed_at=None))
        found = await lanes(patient)
        assert [each.level for each in found] == ["fail", "warn", "warn"]
        assert "refuses our key" in found[0].sentence
        assert "mail to example.jp rests until" in found[1].sentence
        assert "it asked us to come back later; 12 messages wait" in found[1].sentence
        assert "3 notices look wrong" in found[2].sentence
