"""Tickets, slips, carry codes and the cookie: who gets in, how often, and for how long."""

import asyncio
from pathlib import Path
from typing import Any

import httpx

from notices import ids
from tests.journeys import city_hall, story
from tests.journeys.story import NO_CHANNEL, PRESIDENT, RESIDENT
from tests.phone import Phone
from tests.town import Town, town


async def enrol(here: Town, code: str, **more: Any) -> httpx.Response:
    async with here.http() as http:
        return await http.post("/api/v1/enrol", json={"ticket": code, "deviceName": "電話"} | more)


async def carry(here: Town, code: str) -> httpx.Response:
    async with here.http() as http:
        return await http.post("/api/v1/enrol", json={"carryCode": code, "deviceName": "ホーム画面のアプリ"})


async def tickets(here: Town, by: Phone, *names: str, kind: str = "slip") -> list[dict[str, Any]]:
    asked = {"people": [here.people[name] for name in names], "kind": kind}
    answer = await by.http.post(f"/api/v1/associations/{here.sakura}/tickets", json=asked)
    assert answer.status_code == 201, answer.text
    made: list[dict[str, Any]] = answer.json()["tickets"]
    return made


async def test_a_ticket_lets_in_one_phone_of_the_named_person(database_url: str, tmp_path: Path) -> None:
    async with town(database_url, tmp_path) as here:
        president = await here.phone(PRESIDENT)
        (ticket,) = await tickets(here, president, RESIDENT)
        assert ticket["name"] == RESIDENT
        assert ticket["url"] == f"{here.house.settings.origin}/enrol#{ticket['code']}", (
            "a fragment reaches no log"
        )
        assert len(ticket["code"]) == 11
        assert ticket["code"][5] == "-"
        first = await enrol(here, ticket["code"])
        assert first.status_code == 201
        assert first.json()["person"] == {"id": here.people[RESIDENT], "name": RESIDENT}
        assert first.headers["Cache-Control"] == "no-store"
        assert "set-cookie" not in first.headers, "another client gets a token and no cookie"
        second = await enrol(here, ticket["code"])
        assert (second.status_code, second.json()["slug"]) == (403, "code-refused")
        held = await story.people(president, here.sakura)
        (row,) = [man for home in held["households"] for man in home["people"] if man["name"] == RESIDENT]
        assert row["slip"] == "used"
        assert [each["number"] for each in row["devices"]] == [first.json()["device"]["number"]], (
            "number match"
        )


async def test_a_race_for_one_ticket_has_one_winner(database_url: str, tmp_path: Path) -> None:
    async with town(database_url, tmp_path) as here:
        code = await here.code_for(RESIDENT)
        answers = await asyncio.gather(*(enrol(here, code) for _ in range(5)))
        assert sorted(each.status_code for each in answers) == [201, 403, 403, 403, 403]


async def test_a_code_is_read_as_people_write_it(database_url: str, tmp_path: Path) -> None:
    async with town(database_url, tmp_path) as here:
        for number, change in enumerate(
            (
                str.lower,
                lambda text: text.replace("-", ""),
                lambda text: f"  {text.replace('-', ' ')} ",
                _full_width,
            )
        ):
            code = await here.code_for(RESIDENT)
            answer = await enrol(here, change(code))
            assert answer.status_code == 201, f"{number}: {answer.text}"


async def test_an_officer_who_prints_for_a_block_leaves_a_clerk_the_operators_slip(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here:
        president = await here.phone(PRESIDENT)
        slip = await city_hall.slip_for(here, RESIDENT, lives="sakura")
        await tickets(here, president, RESIDENT, NO_CHANNEL)
        (again,) = await tickets(here, president, NO_CHANNEL)
        assert (await enrol(here, slip)).status_code == 201
        assert (await enrol(here, again["code"])).status_code == 201
        first, second = [await city_hall.ticket_for(here, RESIDENT) for _ in range(2)]
        assert (await enrol(here, first)).status_code == 403, "the operator's own later slip ends the earlier"
        assert (await enrol(here, second)).status_code == 201


async def test_a_slip_of_the_pen_is_told_from_a_code_that_is_no_good(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here:
        code = await here.code_for(RESIDENT)
        last = "0" if code[-1] != "0" else "1"
        mistyped = await enrol(here, code[:-1] + last)
        assert (mistyped.status_code, mistyped.json()["slug"]) == (422, "code-mistyped")
        reissued = await here.code_for(RESIDENT)
        for dead in (code,):
            answer = await enrol(here, dead)
            assert (answer.status_code, answer.json()["slug"]) == (403, "code-refused"), (
                "a reissue ends the old one"
            )
        assert (await enrol(here, reissued)).status_code == 201
        for nonsense in ("", "X", "x" * 5_000, "０" * 10, "\u0000" * 10, "いろは", "-----------"):
            answer = await enrol(here, nonsense)
            assert answer.status_code in (403, 422, 429), f"{nonsense[:12]!r}: {answer.text}"


async def test_a_qr_ticket_is_good_for_ten_minutes_and_a_slip_until_it_is_used(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here:
        president = await here.phone(PRESIDENT)
        (slip,) = await tickets(here, president, RESIDENT)
        (quick,) = await tickets(here, president, NO_CHANNEL, kind="qr")
        here.clock.pass_(minutes=10, seconds=1)
        late = await enrol(here, quick["code"])
        assert (late.status_code, late.json()["slug"]) == (403, "code-refused")
        here.clock.pass_(days=60)
        assert (await enrol(here, slip["code"])).status_code == 201, "paper lies in a drawer for weeks"


async def test_codes_are_not_in_the_database(database_url: str, tmp_path: Path) -> None:
    async with town(database_url, tmp_path) as here:
        president = await here.phone(PRESIDENT)
        (ticket,) = await tickets(here, president, RESIDENT)
        token = story.token(president).partition("_")[2]
        bare = ticket["code"].replace("-", "")
        if database_url.startswith("sqlite"):
            path = database_url.partition("///")[2]
            files = [each.read_bytes() for each in Path(path).parent.glob("kairan.db*")]
            assert files, "there is a database to look into"
            for secret in (bare, ticket["code"], token, "sachi.ito@example.jp", "000-0000-0003", "3丁目 7-3"):
                assert not any(secret.encode() in data for data in files), (
                    f"`strings` on the file finds {secret}"
                )


async def test_guessing_stops_long_before_a_code_is_found(database_url: str, tmp_path: Path) -> None:
    async with town(database_url, tmp_path) as here:
        phone = await here.phone(RESIDENT)
        code = (await phone.http.post("/api/v1/me/carry")).json()["code"]
        wrong = [f"{(int(code) + step) % 1_000_000:06}" for step in range(1, 30)]
        statuses = [(await carry(here, each)).status_code for each in wrong]
        assert set(statuses) <= {403, 422, 429}
        assert 429 in statuses, "a six-digit code does not stand for ever"
        assert statuses.index(429) <= 10, "five tries, a few more at most"


async def test_an_enrolment_moves_once_by_a_carry_code(database_url: str, tmp_path: Path) -> None:
    async with town(database_url, tmp_path) as here:
        tab = await here.phone(RESIDENT)
        answer = await tab.http.post("/api/v1/me/carry")
        assert answer.status_code == 201
        code = answer.json()["code"]
        assert len(code) == 6
        assert code.isdigit()
        moved = await carry(here, code)
        assert moved.status_code == 201, moved.text
        assert moved.json()["person"]["id"] == here.people[RESIDENT]
        assert (await carry(here, code)).status_code == 403, "once"
        assert (await tab.http.get("/api/v1/me")).status_code in (401, 403), "it moved; it was not copied"
        app = Phone(here.http(headers={"Authorization": f"Bearer {moved.json()['token']}"}), "app")
        here.phones.append(app)
        assert (await app.http.get("/api/v1/me")).status_code == 200
        again = await app.http.post("/api/v1/me/carry")
        assert (again.status_code, again.json()["slug"]) == (409, "cannot-carry"), "a device moves once"


async def test_a_carry_code_lives_ten_minutes_and_only_on_the_first_day(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here:
        phone = await here.phone(RESIDENT)
        code = (await phone.http.post("/api/v1/me/carry")).json()["code"]
        here.clock.pass_(minutes=10, seconds=1)
        assert (await carry(here, code)).status_code == 403
        newer = (await phone.http.post("/api/v1/me/carry")).json()["code"]
        here.clock.pass_(hours=24)
        assert (await carry(here, newer)).status_code == 403
        late = await phone.http.post("/api/v1/me/carry")
        assert (late.status_code, late.json()["slug"]) == (409, "cannot-carry")


async def test_our_web_client_gets_a_cookie_and_never_the_token(database_url: str, tmp_path: Path) -> None:
    async with town(database_url, tmp_path) as here, here.http() as browser:
        sent = {"ticket": await here.code_for(RESIDENT), "deviceName": "ブラウザ"}
        answer = await browser.post("/api/v1/enrol", json=sent, headers={"X-Kairan-Client": "web"})
        assert answer.status_code == 201
        assert "token" not in answer.json()
        cookie = answer.headers["set-cookie"]
        assert cookie.startswith("kairan="), "on localhost, where Secure cannot be"
        assert cookie.partition("=")[2].split(";")[0] not in answer.text
        for part in ("HttpOnly", "SameSite=lax", "Path=/"):
            assert part.lower() in cookie.lower(), part
        assert "Domain" not in cookie
        assert (await browser.get("/api/v1/me")).status_code == 200
        ours = here.house.settings.origin
        for headers, expected in (
            ({}, 403),
            ({"Origin": "https://evil.example.jp"}, 403),
            ({"Origin": f"{ours}.evil.example.jp"}, 403),
            ({"Origin": ours.replace("8000", "8001")}, 403),
            ({"Origin": "null"}, 403),
            ({"Sec-Fetch-Site": "cross-site"}, 403),
            ({"Sec-Fetch-Site": "same-site"}, 403),
            ({"Origin": "https://evil.example.jp", "Host": "evil.example.jp"}, 403),
            ({"Authorization": "Basic eDp4", "Origin": "https://evil.example.jp"}, 403),
            ({"Origin": ours}, 201),
        ):
            wrote = await browser.post("/api/v1/me/carry", headers=headers)
            refused = wrote.status_code in (401, 403)
            assert refused if expected == 403 else wrote.status_code == expected, f"{headers}: {wrote.text}"
        page = await browser.get("/api/v1/me", headers={"Origin": "https://evil.example.jp"})
        assert "access-control-allow-origin" not in page.headers
        left = await browser.get("/api/v1/me/devices")
        own = left.json()["devices"][0]["id"]
        out = await browser.delete(f"/api/v1/me/devices/{own}", headers={"Sec-Fetch-Site": "same-origin"})
        assert out.status_code == 204
        assert "kairan=" in out.headers["set-cookie"], "signing out clears the cookie"


async def test_on_a_real_origin_the_cookie_is_bound_to_the_host(database_url: str, tmp_path: Path) -> None:
    async with (
        town(database_url, tmp_path, origin="https://kairan.example.jp") as here,
        here.http() as browser,
    ):
        sent = {"ticket": await here.code_for(RESIDENT), "deviceName": "ブラウザ"}
        answer = await browser.post("/api/v1/enrol", json=sent, headers={"X-Kairan-Client": "web"})
        cookie = answer.headers["set-cookie"]
        assert cookie.startswith("__Host-kairan=")
        assert "secure" in cookie.lower()
        fixed = {"Cookie": cookie.split(";")[0].replace("__Host-kairan", "kairan")}
        async with here.http(headers=fixed) as planted:
            found = await planted.get("/api/v1/me")
        assert found.status_code == 401, "a cookie without __Host- can be planted by a neighbouring site"


async def test_what_is_not_a_token_is_not_let_in(database_url: str, tmp_path: Path) -> None:
    async with town(database_url, tmp_path) as here, here.http() as http:
        phone = await here.phone(RESIDENT)
        good = story.token(phone).removeprefix("Bearer ")
        for bad in (
            "",
            "hana_",
            good[:-1],
            good + "A",
            good.upper(),
            f"hana_{'é' * 43}",
            "x" * 9_000,
            f"'{good}",
        ):
            headers = {b"Authorization": f"Bearer {bad}".encode("latin-1", "replace")}
            answer = await http.get("/api/v1/me", headers=headers)
            assert (answer.status_code, answer.json()["slug"]) == (401, "not-signed-in"), bad[:20]
        for scheme in ("Basic", "bearer ", ""):
            answer = await http.get("/api/v1/me", headers={"Authorization": f"{scheme} {good}"})
            assert answer.status_code in (200, 401)
        assert (await http.get("/api/v1/me", params={"token": good})).status_code == 401, "no token in a URL"


async def test_a_device_says_its_name_and_key_in_a_form_we_can_keep(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here:
        code = await here.code_for(RESIDENT)
        for more, slug in (
            ({"deviceName": "\u202eはんたい"}, "device-name-wrong"),
            ({"deviceName": "\u0000"}, "device-name-wrong"),
            ({"deviceName": "長" * 500}, "device-name-wrong"),
            ({"deviceKey": "AAAA"}, "device-key-wrong"),
            ({"deviceKey": "****"}, "device-key-wrong"),
            ({"deviceKey": "B" + "A" * 86}, "device-key-wrong"),
        ):
            answer = await enrol(here, code, **more)
            assert (answer.status_code, answer.json()["slug"]) == (422, slug), more
        async with here.http() as http:
            both = {"ticket": code, "carryCode": "123456", "deviceName": "電話"}
            assert (await http.post("/api/v1/enrol", json=both)).status_code == 422
            assert (await http.post("/api/v1/enrol", json={"deviceName": "電話"})).status_code == 422
        assert (await enrol(here, code)).status_code == 201, "none of it used the ticket up"


def _full_width(text: str) -> str:
    return "".join(chr(ord(each) + 0xFEE0) for each in text)


async def test_an_enrolment_whose_answer_was_lost_is_answered_again_to_the_same_phone_alone(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here:
        code, http = await here.code_for(RESIDENT), here.http()
        body, key = {"ticket": code, "deviceName": "電話"}, {"Idempotency-Key": ids.new_id()}
        first = await http.post("/api/v1/enrol", json=body, headers=key)
        again = await http.post("/api/v1/enrol", json=body, headers=key)
        assert (first.status_code, again.status_code) == (201, 201)
        assert first.json() | {"device": 0} == again.json() | {"device": 0}, "the same person, the same token"
        assert first.json()["device"]["id"] == again.json()["device"]["id"]
        for other in ({}, {"Idempotency-Key": ids.new_id()}):
            refused = await http.post("/api/v1/enrol", json=body, headers=other)
            assert (refused.status_code, refused.json()["slug"]) == (403, "code-refused")
        here.clock.pass_(minutes=11)
        late = await http.post("/api/v1/enrol", json=body, headers=key)
        assert late.status_code == 403, "a lost answer is asked for at once, or not at all"
        await http.aclose()
