"""A clerk makes a passkey after the operator's slip, comes in by it on another device, and proves afresh who they are."""

import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import func, select

from notices.models import Passkey, SpentChallenge
from server.operations import clerks
from tests.authenticator import UP, Authenticator, b64, unb64
from tests.journeys.city_hall import Official, make, official, prove, quietly
from tests.journeys.story import PRESIDENT, RESIDENT
from tests.phone import Phone
from tests.server.test_bad_input import is_a_problem, japanese
from tests.town import Town, town

CLERK = "石川 真"


@pytest.fixture
async def here(database_url: str, tmp_path: Path) -> AsyncIterator[Town]:
    async with town(database_url, tmp_path) as made:
        yield made


async def sign_in_options(here: Town) -> dict[str, Any]:
    async with here.http() as nobody:
        answer = await nobody.post("/api/v1/sign-in/passkey/options")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def signs_in(here: Town, credential: dict[str, Any], **headers: str) -> httpx.Response:
    said = {"credential": credential, "deviceName": "新しいパソコン"}
    async with here.http() as nobody:
        return await nobody.post("/api/v1/sign-in/passkey", json=said, headers=headers)


async def passkeys(phone: Phone) -> dict[str, Any]:
    answer = await phone.http.get("/api/v1/me/passkeys")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


@pytest.mark.everyday
async def test_a_clerk_comes_in_on_a_new_device_by_the_passkey_alone(here: Town) -> None:
    clerk = await official(here, CLERK)
    options = await sign_in_options(here)
    assert options["rpId"] == "localhost"
    assert options["userVerification"] == "required"
    assert options["allowCredentials"] == [], "a stranger is not told which there are"
    answer = await signs_in(here, clerk.passkey.get(options))
    assert answer.status_code == 201, answer.text
    assert answer.json()["person"]["name"] == CLERK
    new = Phone(here.http(), CLERK)
    here.phones.append(new)
    new.sign_in(answer.json()["token"])
    assert (await new.http.get("/api/v1/operations/lanes")).status_code == 200
    assert (await passkeys(new))["provedUntil"] is not None, "and has just proved it"
    web = await signs_in(here, clerk.passkey.get(await sign_in_options(here)), **{"X-Kairan-Client": "web"})
    assert "token" not in web.json()
    assert "HttpOnly" in web.headers["set-cookie"]


async def test_a_proof_holds_for_ten_minutes_on_that_device(here: Town) -> None:
    clerk = await official(here, CLERK)
    here.clock.pass_(minutes=10)
    assert (await passkeys(clerk.phone))["provedUntil"] is None
    answer = await clerk.prove()
    assert answer.status_code == 200, answer.text
    assert (await passkeys(clerk.phone))["provedUntil"] == answer.json()["provedUntil"]
    here.clock.pass_(minutes=9, seconds=59)
    assert (await passkeys(clerk.phone))["provedUntil"] is not None


async def test_an_answer_is_good_once(here: Town) -> None:
    clerk = await official(here, CLERK)
    clerk.passkey.counter = 0  # as of those that are kept in a cloud: the counter would find it out first
    options = await sign_in_options(here)
    clerk.passkey.counter = 100
    answer = clerk.passkey.get(options)
    assert (await signs_in(here, answer)).status_code == 201
    clerk.passkey.counter = 200
    body = is_a_problem(await signs_in(here, clerk.passkey.get(options)), 409, slug="passkey-challenge-old")
    assert japanese(body["detail"])
    async with here.house.db.read() as session:
        assert await session.scalar(select(func.count()).select_from(SpentChallenge)) == 2


async def test_a_challenge_is_good_for_five_minutes_and_for_what_it_was_made(here: Town) -> None:
    clerk = await official(here, CLERK)
    options = await sign_in_options(here)
    step = await clerk.http.post("/api/v1/me/step-up/options")
    crossed = await clerk.http.post("/api/v1/me/step-up", json={"credential": clerk.passkey.get(options)})
    is_a_problem(crossed, 409, slug="passkey-challenge-old", what="of a sign-in")
    is_a_problem(await signs_in(here, clerk.passkey.get(step.json())), 409, slug="passkey-challenge-old")
    here.clock.pass_(minutes=5)
    is_a_problem(await signs_in(here, clerk.passkey.get(options)), 409, slug="passkey-challenge-old")
    ours = unb64(options["challenge"])
    for forged in (b"", b"x", bytes(40), ours[:-1] + bytes([ours[-1] ^ 1])):
        answer = await signs_in(here, clerk.passkey.get({"challenge": b64(forged)}))
        is_a_problem(answer, 409, slug="passkey-challenge-old")


async def test_another_page_a_sleeping_user_and_a_copied_key_are_refused_each_with_its_sentence(
    here: Town,
) -> None:
    clerk = await official(here, CLERK)
    key = clerk.passkey
    key.origin = "https://kairan.evil.example"
    is_a_problem(await clerk.prove(), 403, slug="passkey-wrong-origin")
    key.origin = Authenticator().origin
    key.flags = UP
    is_a_problem(await clerk.prove(), 403, slug="passkey-unverified")
    key.flags = Authenticator().flags
    key.counter = 1
    body = is_a_problem(await clerk.prove(), 403, slug="passkey-counter-old")
    assert japanese(body["detail"])
    key.counter = 50
    key.name = "evil.example"
    is_a_problem(await clerk.prove(), 403, slug="passkey-refused", what="bound to another name")
    key.name = "localhost"
    assert (await clerk.prove()).status_code == 200


async def test_a_passkey_of_nobody_of_somebody_else_or_with_another_key_is_refused(here: Town) -> None:
    clerk, other = await official(here, CLERK), await official(here, "木下 薫")
    stranger = Authenticator()
    is_a_problem(await signs_in(here, stranger.get(await sign_in_options(here))), 403, slug="passkey-refused")
    is_a_problem(await prove(clerk.phone, other.passkey), 403, slug="passkey-refused")
    stranger.id, stranger.counter = clerk.passkey.id, 99
    is_a_problem(await prove(clerk.phone, stranger), 403, slug="passkey-refused")
    again = await make(other.phone, Authenticator(id=clerk.passkey.id))
    is_a_problem(again, 403, slug="passkey-refused", what="an id that somebody has already")


async def test_damaged_answers_are_refused_and_change_nothing(here: Town) -> None:
    clerk = await official(here, CLERK)
    good = clerk.passkey.get((await clerk.http.post("/api/v1/me/step-up/options")).json())
    for credential in (
        {},
        {"id": 1, "rawId": 2, "response": 3},
        good | {"response": {}},
        good | {"response": good["response"] | {"clientDataJSON": "!!!"}},
        good | {"response": good["response"] | {"authenticatorData": ""}},
        good | {"response": good["response"] | {"signature": b64(b"x" * 70)}},
        good | {"rawId": ["x"]},
        good | {"type": "password"},
    ):
        answer = await clerk.http.post("/api/v1/me/step-up", json={"credential": credential})
        is_a_problem(answer, 403, slug="passkey-refused", what=credential)
        answer = await clerk.http.post("/api/v1/me/passkeys", json={"credential": credential})
        is_a_problem(answer, 403, 409, what=credential)
        is_a_problem(await signs_in(here, credential), 403, 409, what=credential)
    bodies: tuple[dict[str, Any], ...] = ({}, {"credential": []}, {"credential": "x"})
    for body in bodies:
        is_a_problem(await clerk.http.post("/api/v1/me/step-up", json=body), 400, 422)
    async with here.house.db.read() as session:
        assert await session.scalar(select(func.count()).select_from(Passkey)) == 1


async def test_only_who_works_for_the_city_makes_passkeys(here: Town) -> None:
    for name in (RESIDENT, PRESIDENT):
        phone = await here.phone(name)
        is_a_problem(await make(phone, Authenticator()), 403)
        is_a_problem(await prove(phone, Authenticator()), 403)


async def test_a_slip_from_an_officer_is_no_root_for_a_passkey(here: Town) -> None:
    """A clerk may be somebody's neighbour, whose president hands out slips."""
    association = {"role": "clerk", "person": RESIDENT, "association": "sakura", "from": "2026-04-01"}
    await clerks.appoint(here.house, association, quietly)
    president = await here.phone(PRESIDENT)
    asked = {"people": [here.people[RESIDENT]], "kind": "slip"}
    issued = await president.http.post(f"/api/v1/associations/{here.sakura}/tickets", json=asked)
    phone = Phone(here.http(), RESIDENT)
    here.phones.append(phone)
    await phone.enrol(issued.json()["tickets"][0]["code"])
    body = is_a_problem(await make(phone, Authenticator()), 403, slug="passkey-slip-wanted")
    assert japanese(body["detail"])


async def test_a_second_passkey_wants_a_fresh_proof_and_a_lost_one_a_new_slip(here: Town) -> None:
    clerk = await official(here, CLERK)
    second = Authenticator()
    here.clock.pass_(minutes=11)
    is_a_problem(await make(clerk.phone, second), 403, slug="passkey-slip-wanted")
    assert (await clerk.prove()).status_code == 200
    assert (await make(clerk.phone, second)).status_code == 201
    here.clock.pass_(hours=1)
    made = await clerks.ticket(here.house, {"person": CLERK}, quietly)
    phone = Phone(here.http(), CLERK)
    here.phones.append(phone)
    await phone.enrol(made["code"])
    lost = Official(phone, Authenticator())
    assert (await make(phone, lost.passkey)).status_code == 201, "all were lost, and the operator helped"
    assert len((await passkeys(phone))["passkeys"]) == 3


async def test_a_passkey_that_is_given_up_opens_nothing_more(here: Town) -> None:
    clerk = await official(here, CLERK)
    [kept] = (await passkeys(clerk.phone))["passkeys"]
    other = await official(here, "木下 薫")
    foreign = await other.http.delete(f"/api/v1/me/passkeys/{kept['id']}")
    is_a_problem(foreign, 404, slug="passkey-unknown")
    assert (await clerk.http.delete(f"/api/v1/me/passkeys/{kept['id']}")).status_code == 204
    assert await passkeys(clerk.phone) == {"passkeys": [], "provedUntil": None}
    answer = await signs_in(here, clerk.passkey.get(await sign_in_options(here)))
    is_a_problem(answer, 403, slug="passkey-refused")


async def test_who_has_a_clerks_phone_in_hand_puts_no_key_of_their_own_in_the_place_of_the_clerks(
    here: Town,
) -> None:
    clerk = await official(here, CLERK)
    here.clock.pass_(minutes=11)
    [kept] = (await passkeys(clerk.phone))["passkeys"]
    assert (await clerk.http.delete(f"/api/v1/me/passkeys/{kept['id']}")).status_code == 204
    is_a_problem(await make(clerk.phone, Authenticator()), 403, slug="passkey-slip-wanted")


async def test_where_the_origin_is_a_number_passkeys_are_not_offered(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path, origin="http://127.0.0.1:8000") as here, here.http() as nobody:
        answer = await nobody.post("/api/v1/sign-in/passkey/options")
        is_a_problem(answer, 409, slug="passkeys-not-offered")


def test_a_house_where_nobody_uses_a_passkey_never_loads_the_library() -> None:
    program = "import sys, server.app, server.processes.run; sys.exit('webauthn' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False, timeout=120).returncode == 0
