"""Whatever comes in: a problem that says what to do, in the reader's language, and nothing half done."""

import json
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from notices import ids
from tests.journeys import story
from tests.journeys.story import MIDORI_PRESIDENT, PRESIDENT, RESIDENT
from tests.phone import Phone
from tests.town import Town, circular, town

JSON = {"Content-Type": "application/json"}


def is_a_problem(
    answer: httpx.Response, *statuses: int, slug: str | None = None, what: object = ""
) -> dict[str, Any]:
    """The one shape of every error (RFC 9457)."""
    found = f"{what}: {answer.status_code}, not {statuses}: {answer.text[:300]}"
    assert answer.status_code in statuses, found
    assert answer.headers["content-type"].startswith("application/problem+json"), answer.headers
    body: dict[str, Any] = answer.json()
    assert {"type", "title", "status", "detail", "slug"} <= body.keys(), body
    assert body["status"] == answer.status_code
    assert body["type"] == f"/problems/{body['slug']}"
    assert len(body["detail"]) > 5
    assert not re.search(r"\{[a-z_]+\}", body["detail"]), "a placeholder was left in the sentence"
    if slug is not None:
        assert body["slug"] == slug, body
    return body


def japanese(text: str) -> bool:
    return any("ぁ" <= each <= "ん" for each in text)


async def in_both_languages(
    http: httpx.AsyncClient, method: str, path: str, **more: Any
) -> list[dict[str, Any]]:
    headers = more.pop("headers", {})
    found = []
    for language, expected in (
        ("ja", True),
        ("en", False),
        ("en-GB,en;q=0.9", False),
        ("fr", True),
        ("", True),
    ):
        said = headers | {"Accept-Language": language}
        answer = await http.request(method, path, headers=said, **more)
        body = is_a_problem(answer, *range(400, 500))
        assert japanese(body["detail"]) is expected, f"{language!r}: {body['slug']}: {body['detail']}"
        found.append(body)
    assert len({each["slug"] for each in found}) == 1
    return found


@pytest.fixture
async def here(database_url: str, tmp_path: Path) -> AsyncIterator[Town]:
    async with town(database_url, tmp_path) as made:
        yield made


async def nothing_is_there(here: Town, president: Phone) -> None:
    listed = await president.http.get(f"/api/v1/associations/{here.sakura}/notices")
    assert listed.json() == {"notices": []}, "nothing is half done"
    await here.work()
    assert story.sent(here) == 0


async def test_a_notice_that_is_wrong_is_refused_with_what_to_do(here: Town) -> None:
    president = await here.phone(PRESIDENT)
    for said, slug in (
        ({"title": ""}, "title-missing"),
        ({"title": " \u3000\t"}, "title-missing"),
        ({"title": "長" * 2_000}, "title-too-long"),
        ({"body": "  \n "}, "text-missing"),
        ({"body": "字" * 200_000}, "text-too-long"),
        ({"title": "行\nが二つ"}, "wrong-text"),
        ({"title": "\u0000"}, None),
        ({"title": "あ\u0007い"}, "wrong-text"),
        ({"title": "\u202eあい"}, "wrong-text"),
        ({"title": "あ\u2066い"}, "wrong-text"),
        ({"title": "あ\u2028い"}, "wrong-text"),
        ({"body": "あ\u0000い"}, "wrong-text"),
        ({"body": "あ\u202eい"}, "wrong-text"),
        ({"body": "あ\u001bい"}, "wrong-text"),
        ({"deadline": "2026-11-19"}, "deadline-past"),
        ({"deadline": "2027-06-31"}, "date-unreadable"),
        ({"deadline": "令和8年11月30日"}, "date-unreadable"),
        ({"deadline": "R8.11.30"}, "date-unreadable"),
        ({"deadline": "2026-11-30T24:00:00+09:00"}, "date-unreadable"),
        ({"deadline": "2026-11-30T10:00:00"}, "date-unreadable"),
        ({"deadline": "20261130T100000"}, "date-unreadable"),
        ({"deadline": "1795000000"}, "date-unreadable"),
        ({"deadline": ""}, None),
        ({"deadline": "0001-01-01"}, None),
        ({"deadline": "0001-01-01T00:00:00+14:00"}, None),
        ({"deadline": "9999-12-31T23:59:59-14:00"}, None),
        ({"expiresAt": "0001-01-01"}, None),
        ({"publishAt": "9999-12-31T23:59:59-14:00"}, None),
        ({"expiresAt": "2026-06-31"}, "date-unreadable"),
        ({"publishAt": "あした"}, "date-unreadable"),
        ({"kind": "event"}, "kind-unknown"),
        ({"topic": "spam"}, "topic-unknown"),
        ({"audience": {"blocks": []}}, "audience-empty"),
        ({"audience": {"blocks": [here.blocks["東"]]}}, "block-foreign"),
        ({"audience": {"blocks": [ids.new_id()]}}, "block-foreign"),
        ({"files": [{"sha256": "0" * 64, "name": "ない.pdf"}]}, "file-unknown"),
        ({"files": [{"sha256": "0" * 64, "name": "a.pdf"}] * 500}, None),
    ):
        answer = await here.try_post(president, **said)
        body = is_a_problem(answer, 400, 422, slug=slug)
        assert japanese(body["detail"]), f"{said}"
    await nothing_is_there(here, president)


async def test_json_that_is_no_notice_is_refused(here: Town) -> None:
    president = await here.phone(PRESIDENT)
    path = f"/api/v1/associations/{here.sakura}/notices"
    good = json.dumps(circular())
    for content in (
        b"",
        b"null",
        b"[]",
        b'"text"',
        b"{",
        b"[" * 1_000 + b"]" * 1_000,
        b"[" * 100_000,
        (good[:-1] + ', "x": ' + '{"a":' * 1_000 + "1" + "}" * 1_000 + "}").encode(),
        good.replace("秋の清掃", "\\ud800").encode()
        if "秋の清掃" in good
        else good.replace("\\u79cb", "\\ud800").encode(),
        good.encode().replace(b"events", b"\xff\xfe"),
        good.replace('"publish": true', '"publish": 1e999').encode(),
        good.replace('"publish": true', '"publish": NaN').encode(),
        (good[:-1] + ', "unknown": 1}').encode(),
        good.replace('"title"', '"Title"').encode(),
        b"\xef\xbb\xbf{}",
        good.encode("utf-16"),
    ):
        headers = JSON | {"Idempotency-Key": ids.new_id()}
        answer = await president.http.post(path, content=content, headers=headers)
        is_a_problem(answer, 400, 413, 422, what=content[-60:])
    wrong_type = await president.http.post(
        path,
        content=b"title=a",
        headers={"Content-Type": "application/x-www-form-urlencoded", "Idempotency-Key": "1"},
    )
    is_a_problem(wrong_type, 400, 415, 422)
    await nothing_is_there(here, president)


async def test_duplicate_keys_are_not_read_as_either(here: Town) -> None:
    president = await here.phone(PRESIDENT)
    twice = json.dumps(circular())[:-1] + ', "title": "二つ目の題名"}'
    headers = JSON | {"Idempotency-Key": ids.new_id()}
    path = f"/api/v1/associations/{here.sakura}/notices"
    answer = await president.http.post(path, content=twice.encode(), headers=headers)
    is_a_problem(answer, 400, 422)
    await nothing_is_there(here, president)


async def test_a_lone_surrogate_is_refused_wherever_it_comes_in(here: Town) -> None:
    president, resident = await here.phone(PRESIDENT), await here.phone(RESIDENT)
    lone = '"\\ud83d"'
    stamp = f'{{"mid":"m1","t":"stamps","id":{lone},"op":"put","d":{{"at":{lone}}},"base":null}}'
    submission = json.dumps(circular(association=here.sakura)).replace('"events"', lone)
    for phone, method, path, content in (
        (president, "POST", "/api/v1/enrol", f'{{"ticket":{lone},"deviceName":{lone}}}'),
        (resident, "POST", "/sync/v1/push", f'{{"mutations":[{stamp}]}}'),
        (
            president,
            "POST",
            "/sync/v1/push",
            f'{{"mutations":[{{"mid":{lone},"t":"submissions","id":"{ids.new_id()}","op":"put","d":{submission}}}]}}',
        ),
        (president, "PATCH", f"/api/v1/households/{here.households['渡辺']}", f'{{"block":{lone}}}'),
    ):
        answer = await phone.http.request(method, path, content=content.encode(), headers=JSON)
        is_a_problem(answer, 400, 422)
    await nothing_is_there(here, president)


async def test_numbers_beyond_all_bounds_are_refused(here: Town) -> None:
    president = await here.phone(PRESIDENT)
    notice = await here.post(president, publish=False)
    path = f"/api/v1/notices/{notice['id']}"
    for number in ("1e999", "-1e999", "9" * 400, "1e400", str(2**63), "-1", "1.5", "null", "NaN", "Infinity"):
        body = f'{{"baseRevision":{number},"title":"x","resend":"none","askAgain":false}}'
        answer = await president.http.patch(path, content=body.encode(), headers=JSON)
        is_a_problem(answer, 400, 409, 422, what=number)
    for walk in ("1e999", str(2**63), "0", "-1", "10000", "1.5", "true", '"壱"'):
        answer = await president.http.patch(
            f"/api/v1/households/{here.households['渡辺']}",
            content=f'{{"walk":{walk}}}'.encode(),
            headers=JSON,
        )
        is_a_problem(answer, 400, 422, what=walk)
    for limit in ("0", "-1", "1e9", "abc", "9" * 30, "1.5"):
        answer = await president.http.get("/sync/v1/pull", params={"limit": limit})
        assert answer.status_code in (200, 400, 422), f"{limit}: {answer.text[:200]}"
        if answer.status_code == 200:
            assert len(answer.json()["changes"]) <= 1_000
    assert (await story.notice(president, notice["id"]))["revision"] == 1


async def test_bodies_beyond_the_limit_are_refused_everywhere(here: Town) -> None:
    president = await here.phone(PRESIDENT)
    big = b'{"title":"' + b"a" * (11 * 1024 * 1024) + b'"}'
    for path in (
        f"/api/v1/associations/{here.sakura}/notices",
        f"/api/v1/associations/{here.sakura}/tickets",
        "/sync/v1/push",
        "/api/v1/enrol",
    ):
        answer = await president.http.post(path, content=big, headers=JSON | {"Idempotency-Key": "1"})
        is_a_problem(answer, 413, slug="body-too-large")
    roster = await story.import_roster(president, here.sakura, b"\xe3\x81\x82" * (4 * 1024 * 1024))
    is_a_problem(roster, 413, 422)
    mutation = {"mid": "m1", "t": "stamps", "id": "x", "op": "put", "d": {"x": "a" * 300_000}, "base": None}
    is_a_problem(await president.http.post("/sync/v1/push", json={"mutations": [mutation]}), 413)
    many = [mutation | {"mid": str(number), "d": {}} for number in range(101)]
    is_a_problem(await president.http.post("/sync/v1/push", json={"mutations": many}), 400, 413, 422)
    await nothing_is_there(here, president)


async def test_pushes_that_cannot_be_read_are_refused_whole(here: Town) -> None:
    president = await here.phone(PRESIDENT)
    good: dict[str, Any] = {"mid": "m1", "t": "stamps", "id": "x", "op": "put", "d": {}, "base": None}
    wrong: tuple[dict[str, Any], ...] = (
        {},
        {"mutations": None},
        {"mutations": {}},
        {"mutations": [None]},
        {"mutations": [good | {"mid": None}]},
        {"mutations": [good | {"mid": "x" * 10_000}]},
        {"mutations": [good | {"op": "eval"}]},
        {"mutations": [good | {"d": "text"}]},
        {"mutations": [good | {"id": "あ"}]},
        {"mutations": [good | {"id": "../../etc/passwd"}]},
        {"mutations": [good], "pull": {"cursor": "!!!"}},
        {"mutations": [good], "pull": []},
    )
    for body in wrong:
        answer = await president.http.post("/sync/v1/push", json=body)
        assert answer.status_code < 500, f"{body}: {answer.text[:200]}"
        if answer.status_code != 200:
            is_a_problem(answer, 400, 410, 413, 422)
            continue
        assert {each["status"] for each in answer.json()["results"]} <= {"rejected"}, f"{body}: {answer.text}"


async def test_malformed_cursors_get_a_reason_and_never_data(here: Town) -> None:
    president, resident = await here.phone(PRESIDENT), await here.phone(RESIDENT)
    stranger = await here.phone(MIDORI_PRESIDENT)
    await here.post(president)
    await resident.pull()
    await stranger.pull()
    cursor = resident.cursor
    flipped = cursor[:10] + ("A" if cursor[10] != "A" else "B") + cursor[11:]
    bad = ["!!!", "あ", "A", "AAAA", "=" * 8, cursor[:-1], cursor[:-4], cursor[: len(cursor) // 2], flipped]
    bad += [
        cursor + "AAAA",
        cursor + "=",
        cursor.upper(),
        cursor[::-1],
        stranger.cursor,
        "A" * 9_000,
        "\u0000",
    ]
    for place in range(0, len(cursor), max(1, len(cursor) // 24)):
        bad.append(cursor[:place] + ("x" if cursor[place] != "x" else "y") + cursor[place + 1 :])
    for each in bad:
        answer = await resident.http.get("/sync/v1/pull", params={"cursor": each})
        body = is_a_problem(answer, 400, 410)
        assert "changes" not in body
        assert answer.headers["Cache-Control"] == "no-store", "an error is never kept on the way"
        if answer.status_code == 410:
            assert body["slug"] == "resync-required"
            assert body["reason"] in ("cursor-invalid", "wrong-user", "epoch-changed"), each
        carried = await resident.http.post(
            "/sync/v1/push", json={"mutations": [], "pull": {"cursor": each, "limit": 10}}
        )
        assert carried.status_code in (200, 400, 410), carried.text[:200]
        assert "公園" not in carried.text
    async with here.house.db.write() as session:
        await session.execute(text("UPDATE sync_meta SET epoch = epoch + 1"))
    answer = await resident.http.get("/sync/v1/pull", params={"cursor": cursor})
    assert is_a_problem(answer, 410, slug="resync-required")["reason"] == "epoch-changed"
    await resident.pull()
    assert len(resident.titles()) == 1, "it starts over and has everything again"


async def test_push_endpoints_that_lead_elsewhere_are_refused(here: Town) -> None:
    from tests.journeys.test_delivering import subscription

    phone = await here.phone(RESIDENT)
    keys = subscription()["keys"]
    for endpoint in (
        "https://192.168.0.1/push",
        "https://127.0.0.1/push",
        "https://[::1]/push",
        "https://169.254.169.254/latest/meta-data",
        "https://2130706433/push",
        "https://localhost/push",
        "http://fcm.googleapis.com/fcm/send/x",
        "http://127.0.0.1:2/push",
        "http://127.0.0.1:1@evil.example.jp/push",
        "https://user:secret@fcm.googleapis.com/fcm/send/x",
        "https://fcm.googleapis.com:8443/fcm/send/x",
        "https://fcm.googleapis.com.evil.example.jp/x",
        "https://evil.example.jp/fcm.googleapis.com",
        "https://fcm.googleapis.com\\@127.0.0.1/x",
        "https://fcm.googleapis.com#@127.0.0.1/x",
        "https://fcm。googleapis。com/x",
        "file:///etc/passwd",
        "gopher://127.0.0.1/",
        "//fcm.googleapis.com/x",
        "https://",
        "https:///x",
        "https://[/x",
        "https://fcm.googleapis.com:99999/x",
        "javascript:alert(1)",
        "https://fcm.googleapis.com/\r\nHost: evil.example.jp",
        "",
        "x" * 10_000,
    ):
        answer = await phone.http.put(
            "/api/v1/me/push-subscription", json={"endpoint": endpoint, "keys": keys}
        )
        is_a_problem(answer, 400, 422)
    good = subscription()
    for change in (
        {"p256dh": keys["p256dh"][:-2]},
        {"p256dh": "B" + "A" * 86},
        {"p256dh": "****"},
        {"p256dh": ""},
        {"auth": "AAAA"},
        {"auth": "A" * 24},
        {"auth": "あ"},
    ):
        answer = await phone.http.put("/api/v1/me/push-subscription", json=good | {"keys": keys | change})
        is_a_problem(answer, 422, slug="push-keys-refused")
    listed = (await phone.http.get("/api/v1/me/devices")).json()["devices"]
    assert [each["push"] for each in listed] == [False]


async def test_wrong_methods_unknown_routes_and_huge_ids(here: Town) -> None:
    president = await here.phone(PRESIDENT)
    http = president.http
    for method, path in (
        ("DELETE", "/api/v1/enrol"),
        ("PUT", f"/api/v1/associations/{here.sakura}/notices"),
        ("GET", "/sync/v1/push"),
        ("POST", "/sync/v1/pull"),
        ("TRACE", "/api/v1/me"),
        ("TRACE", "/"),
        ("CONNECT", "/api/v1/me"),
        ("BREW", "/api/v1/me"),
    ):
        is_a_problem(await http.request(method, path), 405, slug="method-wrong", what=f"{method} {path}")
    huge = "A" * 10_000
    for path in (
        "/api/v1/unknown",
        "/sync/v1/unknown",
        "/api/v2/me",
        "/api/v1/notices/",
        f"/api/v1/notices/{huge}",
        f"/api/v1/notices/{ids.new_id()}",
        "/api/v1/notices/%00",
        "/api/v1/notices/%ff%fe",
        "/api/v1/notices/..%2f..%2fetc",
        "/api/v1/notices/' OR 1=1 --",
        f"/api/v1/notices/{ids.new_id()}/reach",
        f"/api/v1/associations/{huge}/people",
        f"/api/v1/associations/{ids.new_id()}/roster",
        f"/api/v1/associations/{here.midori}/people",
        "/files/../kairan.secret",
        "/files/%2e%2e%2fkairan.secret",
        f"/files/{'0' * 64}",
        "/files/zzz",
        "/web/../../pyproject.toml",
        "/web/%2e%2e/%2e%2e/pyproject.toml",
        "/u/x",
        "/u/" + huge,
        "/nobody",
        "/favicon.txt",
    ):
        is_a_problem(await http.get(path), 400, 403, 404, 422, what=path)


async def test_every_refusal_speaks_the_readers_language(here: Town) -> None:
    president, resident = await here.phone(PRESIDENT), await here.phone(RESIDENT)
    async with here.http() as nobody:
        await in_both_languages(nobody, "GET", "/api/v1/me")
        await in_both_languages(nobody, "GET", "/nowhere")
        await in_both_languages(nobody, "DELETE", "/api/v1/enrol")
        await in_both_languages(nobody, "POST", "/api/v1/enrol", content=b"{", headers=JSON)
        await in_both_languages(nobody, "POST", "/api/v1/enrol", json={"ticket": "AAAAA-AAAAA"})
    await in_both_languages(resident.http, "GET", "/sync/v1/pull", params={"cursor": "!!!"})
    await in_both_languages(resident.http, "GET", "/sync/v1/pull", params={"cursor": "A" * 40})
    await in_both_languages(resident.http, "POST", "/sync/v1/push", json={"mutations": 1})
    await in_both_languages(resident.http, "POST", "/sync/v1/push", content=b"[[", headers=JSON)
    await in_both_languages(resident.http, "GET", f"/api/v1/associations/{here.sakura}/people")
    notices = f"/api/v1/associations/{here.sakura}/notices"
    wrong = circular(title="")
    await in_both_languages(president.http, "POST", notices, json=wrong, headers={"Idempotency-Key": "1"})
    await in_both_languages(president.http, "POST", notices, json=circular())
    await in_both_languages(
        president.http,
        "POST",
        f"/api/v1/associations/{here.sakura}/roster",
        content=b"a,b\n",
        headers={"Content-Type": "text/csv"},
    )


async def test_the_better_liked_language_wins(here: Town) -> None:
    async with here.http() as http:
        for header, expected in (
            ("en;q=0.3, ja;q=0.9", True),
            ("ja;q=0.3, en;q=0.9", False),
            ("fr, en;q=0.5", False),
            ("en-US", False),
            ("*", True),
            (";;;q=,,", True),
            ("en;q=x", False),
        ):
            answer = await http.get("/api/v1/me", headers={"Accept-Language": header})
            assert japanese(is_a_problem(answer, 401)["detail"]) is expected, f"RFC 9110 §12.5.4: {header!r}"


async def test_characters_that_people_really_use_are_kept_byte_for_byte(here: Town) -> None:
    president, resident = await here.phone(PRESIDENT), await here.phone(RESIDENT)
    title = "👨‍👩‍👧‍👦と𠮷野さん ｶﾗｵｹ か\u3099 🇯🇵 葛\U000e0100城"
    body = "か\u3099と が、ﾊﾝｶｸ、𠮷、①②、〜と～、\t字下げ\n\n  先頭の空白と末尾の空白  \n🏳️‍🌈 髙﨑"
    notice = await here.post(president, title=title, body=body)
    assert (notice["title"], notice["body"]) == (title, body)
    await here.work()
    await resident.pull()
    record = resident.records["notices", notice["id"]]
    assert (record["title"], record["body"]) == (title, body)
    exported = await president.http.get(f"/api/v1/associations/{here.sakura}/notices")
    assert exported.json()["notices"][0]["title"] == title
    assert len(story.sent_to(here)) >= 5, "and the mails went out"
