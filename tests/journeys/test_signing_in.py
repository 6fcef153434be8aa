"""A lost phone, no paper at hand, but a mailbox: eight digits by mail, and a couple that shares one."""

import asyncio
import re
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import func, insert, select, update

from notices import ids
from notices.enrolment import devices
from notices.models import Address, Device, Due, MailedCode, Message, Seat, Term
from notices.sign_in import asking, mailing
from notices.tokyo import today
from tests.journeys import story
from tests.journeys.story import HUSBAND, NO_CHANNEL, OFFICER_2, PRESIDENT, RESIDENT
from tests.phone import Phone
from tests.server.test_bad_input import is_a_problem, japanese
from tests.town import TENANT, Town, town

SACHI, YAMADAS = "sachi.ito@example.jp", "hanako.yamada@example.jp"


@pytest.fixture
async def here(database_url: str, tmp_path: Path) -> AsyncIterator[Town]:
    async with town(database_url, tmp_path) as made:
        yield made


async def asks(here: Town, email: str) -> httpx.Response:
    async with here.http() as nobody:
        return await nobody.post("/api/v1/sign-in", json={"email": email})


async def confirms(
    here: Town, email: str, code: str, headers: dict[str, str] | None = None, **more: Any
) -> httpx.Response:
    said = {"email": email, "code": code, "deviceName": "新しいスマホ"} | more
    async with here.http() as nobody:
        return await nobody.post("/api/v1/sign-in/confirm", json=said, headers=headers)


async def code_mailed_to(here: Town, email: str) -> str:
    """The digits of the newest mail there."""
    await here.work()
    mail = [each for each in story.mails(here) if each.to.address == email and each.unsubscribe is None][-1]
    found = re.search(r"(\d{4}) (\d{4})", story.plain(here, mail))
    assert found is not None
    return found[0]


async def asked_and_mailed(here: Town, email: str) -> str:
    answer = await asks(here, email)
    assert answer.status_code == 202, answer.text
    return await code_mailed_to(here, email)


@pytest.mark.everyday
async def test_a_resident_comes_in_by_mail_and_reads_what_was_there(here: Town) -> None:
    president = await here.phone(PRESIDENT)
    notice = await here.post(president)
    code = await asked_and_mailed(here, SACHI)
    answer = await confirms(here, SACHI, code)
    assert answer.status_code == 201, answer.text
    body = answer.json()
    assert body["person"]["name"] == RESIDENT
    assert answer.headers["cache-control"] == "no-store"
    phone = Phone(here.http(), RESIDENT)
    here.phones.append(phone)
    phone.sign_in(body["token"])
    await phone.pull()
    assert ("notices", notice["id"]) in phone.records
    is_a_problem(
        await confirms(here, SACHI, code), 403, slug="mailed-code-refused", what="a code is good once"
    )


async def test_a_mail_with_a_code_offers_nothing_to_stop_and_names_the_city(here: Town) -> None:
    await asked_and_mailed(here, SACHI)
    mail = story.mails(here)[-1]
    assert mail.unsubscribe is None
    assert b"List-Unsubscribe" not in story.text_of(here, mail)
    assert "花水木市" in story.plain(here, mail)
    assert mail.urgency == "urgent"


async def test_the_browser_gets_a_cookie_and_no_token(here: Town) -> None:
    code = await asked_and_mailed(here, SACHI)
    answer = await confirms(here, SACHI, code, {"X-Kairan-Client": "web"})
    assert answer.status_code == 201
    assert "token" not in answer.json()
    assert "HttpOnly" in answer.headers["set-cookie"]


async def test_of_a_couple_that_shares_a_mailbox_each_is_asked_who_they_are(here: Town) -> None:
    code = await asked_and_mailed(here, YAMADAS)
    answer = await confirms(here, YAMADAS, code)
    assert answer.status_code == 200
    assert {each["name"] for each in answer.json()["people"]} == {PRESIDENT, HUSBAND}
    assert "token" not in answer.text
    wrong = await confirms(here, YAMADAS, code, personId=here.people[RESIDENT])
    is_a_problem(wrong, 422, slug="person-not-of-this-address")
    answer = await confirms(here, YAMADAS, code, personId=here.people[HUSBAND])
    assert answer.status_code == 201, answer.text
    assert answer.json()["person"] == {"id": here.people[HUSBAND], "name": HUSBAND}


async def test_an_address_that_nobody_has_gets_the_same_answer_and_the_same_work(here: Town) -> None:
    known, unknown = await asks(here, SACHI), await asks(here, "nobody.at.all@example.jp")
    assert (known.status_code, known.content) == (unknown.status_code, unknown.content)
    async with here.house.db.read() as session:
        rows = (await session.scalars(select(MailedCode))).all()
        due = await session.scalar(select(func.count()).where(Due.kind == "mailed-code"))
        messages = await session.scalar(select(func.count()).select_from(Message))
    assert [row.purpose for row in rows] == ["sign-in", "sign-in"]
    assert (due, messages) == (2, 0), "what is known is found out by the worker, behind the answer"
    await here.work()
    assert story.sent_to(here) == [SACHI]


async def test_the_fifth_wrong_guess_is_the_last_whichever_process_counts(here: Town) -> None:
    code = await asked_and_mailed(here, SACHI)
    wrong = f"{(int(code.replace(' ', '')) + 1) % 10**8:08}"
    for _ in range(5):
        body = is_a_problem(await confirms(here, SACHI, wrong), 403, slug="mailed-code-refused")
        assert japanese(body["detail"])
    is_a_problem(
        await confirms(here, SACHI, code), 403, slug="mailed-code-refused", what="the right one, too late"
    )
    async with here.house.db.read() as session:
        assert await session.scalar(select(MailedCode.tries)) == 5, "counted in the database"
        assert await session.scalar(select(func.count()).select_from(Device)) == 0
    again = await asked_and_mailed(here, SACHI)
    assert (await confirms(here, SACHI, again)).status_code == 201, "a new code bears new guesses"


async def test_guesses_that_come_at_once_are_counted_one_by_one(here: Town) -> None:
    code = await asked_and_mailed(here, SACHI)
    wrong = f"{(int(code.replace(' ', '')) + 1) % 10**8:08}"
    answers = await asyncio.gather(*(confirms(here, SACHI, wrong) for _ in range(12)))
    assert {answer.status_code for answer in answers} == {403}
    async with here.house.db.read() as session:
        assert await session.scalar(select(MailedCode.tries)) == 5
    is_a_problem(await confirms(here, SACHI, code), 403, slug="mailed-code-refused")


async def test_of_two_phones_with_the_code_at_once_one_comes_in(here: Town) -> None:
    code = await asked_and_mailed(here, SACHI)
    answers = await asyncio.gather(*(confirms(here, SACHI, code) for _ in range(2)))
    assert sorted(answer.status_code for answer in answers) == [201, 403]


async def test_a_code_is_good_for_ten_minutes(here: Town) -> None:
    code = await asked_and_mailed(here, SACHI)
    here.clock.pass_(minutes=10)
    is_a_problem(await confirms(here, SACHI, code), 403, slug="mailed-code-refused")


async def test_a_code_that_waited_too_long_to_leave_does_not_leave(here: Town) -> None:
    await asks(here, SACHI)
    async with here.house.db.write() as session:
        row = (await session.scalars(select(MailedCode))).one()
    async with here.house.db.write() as session:
        await mailing.send(session, here.house.keys.vault, TENANT, row.id, here.clock())
    here.clock.pass_(minutes=11)
    await here.work()
    assert story.mails(here) == []
    async with here.house.db.read() as session:
        assert await session.scalar(select(Message.reason)) == "code-late"


async def test_a_lost_answer_is_given_again_to_the_same_phone_alone(here: Town) -> None:
    code = await asked_and_mailed(here, SACHI)
    key = {"Idempotency-Key": ids.new_id()}
    first = await confirms(here, SACHI, code, key)
    again = await confirms(here, SACHI, code, key)
    assert first.status_code == again.status_code == 201
    assert first.json() == again.json()
    other = await confirms(here, SACHI, code, {"Idempotency-Key": ids.new_id()})
    is_a_problem(other, 403, slug="mailed-code-refused")


async def test_who_works_for_the_city_does_not_come_in_by_mail(here: Town) -> None:
    seat, person = ids.new_id(), here.people[OFFICER_2]
    async with here.house.db.write() as session:
        row = {"tenant": TENANT, "id": seat, "role": "clerk", "title": "市職員"}
        quietly = {"journalled": True}
        await session.execute(insert(Seat).values(row), execution_options=quietly)
        term = {
            "tenant": TENANT,
            "id": ids.new_id(),
            "seat": seat,
            "person": person,
            "begins": today(here.clock()),
        }
        await session.execute(insert(Term).values(term), execution_options=quietly)
    code = await asked_and_mailed(here, "ken.takahashi@example.jp")
    answer = await confirms(here, "ken.takahashi@example.jp", code)
    is_a_problem(answer, 403, slug="passkey-wanted")
    assert "set-cookie" not in answer.headers


async def test_who_has_moved_out_or_changed_their_address_does_not_come_in(here: Town) -> None:
    president = await here.phone(PRESIDENT)
    code = await asked_and_mailed(here, SACHI)
    path = f"/api/v1/associations/{here.sakura}/people/{here.people[RESIDENT]}/mail"
    await president.http.put(path, json={"address": "sachi.new@example.jp"})
    is_a_problem(await confirms(here, SACHI, code), 403, slug="mailed-code-refused")
    assert (await asks(here, SACHI)).status_code == 202
    await here.work()
    assert story.sent_to(here).count(SACHI) == 1, "the old mailbox may be somebody else's by now"


async def test_whoever_has_stopped_mail_can_still_come_in_by_it(here: Town) -> None:
    async with here.house.db.write() as session:
        rows = update(Address).where(Address.person == here.people[RESIDENT])
        await session.execute(rows.values(state="off", reason="stopped"))
    code = await asked_and_mailed(here, SACHI)
    assert (await confirms(here, SACHI, code)).status_code == 201


async def test_a_mailbox_is_not_flooded_and_a_caller_does_not_ask_all_day(here: Town) -> None:
    for _ in range(10):
        assert (await asks(here, SACHI)).status_code == 202
    is_a_problem(await asks(here, "nobody@example.jp"), 429, slug="too-many-tries")
    await here.work()
    assert len(story.mails(here)) == 3
    async with here.house.db.read() as session:
        good = select(func.count()).select_from(MailedCode).where(MailedCode.used_at.is_(None))
        assert await session.scalar(good) == 3, "a code that nobody was told is good for nothing"
    here.clock.pass_(minutes=10)
    assert (await asks(here, SACHI)).status_code == 202, "and then they may again"


async def test_bad_input_is_refused_with_what_to_do(here: Town) -> None:
    for email in ("", "x", "a@", "a@b", "a\n@example.jp", "x" * 500, "To: <a@example.jp>"):
        is_a_problem(await asks(here, email), 400, 422)
        is_a_problem(await confirms(here, email, "1234 5678"), 400, 422)
    for code in ("", "123", "1234 567", "abcdefgh", "１２３４５６７", "0" * 41):
        is_a_problem(await confirms(here, SACHI, code), 400, 422)
    is_a_problem(await confirms(here, SACHI, "1234 5678", personId="x"), 400, 422)
    is_a_problem(await confirms(here, SACHI, "1234 5678"), 403, slug="mailed-code-refused")
    code = await asked_and_mailed(here, SACHI)
    wide = code.translate(str.maketrans("0123456789", "０１２３４５６７８９"))
    assert (await confirms(here, SACHI.upper(), wide)).status_code == 201, "as people type it"


async def test_what_was_asked_for_is_forgotten_after_a_day(here: Town) -> None:
    await asked_and_mailed(here, SACHI)
    here.clock.pass_(days=1, minutes=1)
    await asked_and_mailed(here, SACHI)
    async with here.house.db.read() as session:
        assert await session.scalar(select(func.count()).select_from(MailedCode)) == 1


async def test_the_digits_and_the_address_lie_nowhere_in_clear(here: Town) -> None:
    code = await asked_and_mailed(here, SACHI)
    async with here.house.db.read() as session:
        row = (await session.scalars(select(MailedCode))).one()
    kept = row.code + row.address + row.lookup + row.caller
    assert code.replace(" ", "").encode() not in kept
    assert b"sachi" not in kept


async def test_a_resident_gives_an_address_of_their_own_and_is_mailed_there(here: Town) -> None:
    makoto = await here.phone(NO_CHANNEL)
    mine = "makoto.watanabe@example.jp"
    assert (await makoto.http.post("/api/v1/me/addresses", json={"email": mine})).status_code == 202
    code = await code_mailed_to(here, mine)
    said = {"email": mine, "code": code}
    somebody = await here.phone(RESIDENT)
    stolen = await somebody.http.post("/api/v1/me/addresses/confirm", json=said)
    is_a_problem(stolen, 403, slug="mailed-code-refused", what="a code for another person's address")
    as_sign_in = await confirms(here, mine, code)
    is_a_problem(as_sign_in, 403, slug="mailed-code-refused", what="a code for an address is no way in")
    answer = await makoto.http.post("/api/v1/me/addresses/confirm", json=said)
    assert answer.json() == {"state": "live"}
    me = (await makoto.http.get("/api/v1/me")).json()
    assert me["channels"]["mail"] is True
    president = await here.phone(PRESIDENT)
    await here.post(president)
    await here.work()
    assert mine in story.sent_to(here)


async def test_who_had_stopped_mail_has_it_again_at_their_new_address(here: Town) -> None:
    sachi = await here.phone(RESIDENT)
    await sachi.http.put("/api/v1/me/preferences", json={"channels": {"mail": False}})
    mine = "sachi.new@example.jp"
    await sachi.http.post("/api/v1/me/addresses", json={"email": mine})
    code = await code_mailed_to(here, mine)
    answer = await sachi.http.post("/api/v1/me/addresses/confirm", json={"email": mine, "code": code})
    assert answer.status_code == 200
    assert (await sachi.http.get("/api/v1/me")).json()["channels"]["mail"] is True


def test_an_answer_is_kept_for_as_long_as_a_code_lives() -> None:
    assert asking.LIVES <= devices.ANSWER_KEPT <= timedelta(hours=1)
