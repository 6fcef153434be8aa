"""A form on a notice: answered offline, changed until the deadline, corrected by rules, entered from paper, saved as a table."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from notices import ids
from tests.journeys import alarms, circulars, families, forms, story
from tests.journeys.forms import OPTIONS, SURVEY, VOTE, lunch
from tests.journeys.story import LEADER_1, MIDORI_PRESIDENT, NO_CHANNEL, PRESIDENT, RESIDENT
from tests.town import town


@pytest.mark.everyday
async def test_a_survey_is_answered_without_a_signal_and_changed_until_the_deadline(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here:
        president, resident = await here.phone(PRESIDENT), await here.phone(RESIDENT)
        notice = await here.post(president, form=SURVEY)
        await resident.pull()
        asked = resident.records["notices", notice["id"]]["form"]
        assert [each["id"] for each in asked["questions"]] == ["when", "bring", "say"]
        resident.online = False
        forms.reply(resident, notice["id"], answers={"when": "am"}, at=here.clock())
        here.clock.pass_(minutes=5)
        changed = {"when": "pm", "bring": ["pm", "am"], "say": "雨の日は\n休みにしてください"}
        forms.reply(resident, notice["id"], answers=changed, at=here.clock())
        resident.online = True
        assert await forms.sent(resident) == [("ok", ""), ("ok", "")]
        held = await forms.on_the_phone(resident, notice["id"])
        assert held is not None
        assert held["answers"] == changed | {"bring": ["am", "pm"]}
        counts = (await forms.stands(president, notice["id"]))["counts"]
        assert counts["questions"] == {
            "when": {"am": 0, "pm": 1, "no": 0},
            "bring": {"am": 1, "pm": 1},
            "say": {"written": 1},
        }
        assert (await story.reach(president, notice["id"]))["grades"]["stamped"] == 1, "who answers has read"


async def test_every_wrong_answer_is_refused_with_a_sentence_and_changes_nothing(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here:
        president, resident = await here.phone(PRESIDENT), await here.phone(RESIDENT)
        stranger = await here.phone(MIDORI_PRESIDENT)
        notice, plain = await here.post(president, form=SURVEY), await here.post(president)
        ended = await here.post(president, form=SURVEY, kind="notice")
        for phone in (resident, stranger):
            await phone.pull()
        assert (await story.act(president, ended["id"], "withdraw")).status_code == 200
        n, now = notice["id"], here.clock()
        wrong: list[tuple[str, dict[str, Any]]] = [
            ("option-gone", {"answers": {"when": "yesterday"}}),
            ("option-gone", {"answers": {"gone": "am", "when": "am"}}),
            ("option-gone", {"answers": {"when": ["am", "pm"]}}),
            ("option-gone", {"answers": {"when": "am", "bring": ["no"]}}),
            ("answer-missing", {"answers": {"bring": ["am"]}}),
            ("answer-missing", {"answers": {"when": ""}}),
            ("answer-missing", {}),
            ("answer-too-long", {"answers": {"when": "am", "say": "あ" * 501}}),
            ("answer-too-long", {"answers": {"when": "am", "say": "a\x00b"}}),
            ("no-form-here", {"letter": "chair"}),
            ("field-wrong", {"answers": {"when": 3}}),
            ("field-wrong", {"answers": "am"}),
        ]
        for code, said in wrong:
            forms.reply(resident, n, at=now, **said)
            assert await forms.sent(resident) == [("rejected", code)], said
        good: dict[str, Any] = {"answers": {"when": "am"}}
        forms.reply(resident, plain["id"], at=now, **good)
        forms.reply(resident, ended["id"], at=now, **good)
        forms.reply(resident, ids.new_id(), at=now, **good)
        forms.reply(resident, n, home=here.households["渡辺"], at=now, **good)
        forms.reply(resident, n, whose=resident.person, at=now, **good)
        forms.reply(resident, n, entered=True, at=now, **good)
        forms.reply(stranger, n, at=now, **good)
        codes = [code for _, code in await forms.sent(resident) + await forms.sent(stranger)]
        assert codes == [
            "no-form-here",
            "withdrawn",
            "unknown-notice",
            "not-your-answer",
            "not-your-answer",
            "not-your-answer",
            "unknown-notice",
        ]
        await resident.pull()
        assert all(each["message"] for each in resident.all("corrections"))
        assert (await forms.stands(president, n))["counts"]["answered"] == 0


async def test_what_is_asked_wrongly_is_refused_before_it_leaves(database_url: str, tmp_path: Path) -> None:
    async with town(database_url, tmp_path) as here:
        by = await here.phone(PRESIDENT)
        question = {"id": "a", "asks": "one", "text": "?", "options": OPTIONS}
        for wrong in (
            {"kind": "survey", "questions": []},
            {"kind": "survey", "questions": [question, question]},
            {"kind": "survey", "questions": [question | {"options": OPTIONS[:1]}]},
            {"kind": "survey", "questions": [question | {"text": " "}]},
            {"kind": "survey", "questions": [question | {"id": "大"}]},
            {"kind": "survey", "questions": [question | {"asks": "vote", "options": []}]},
            {"kind": "survey", "places": 3, "questions": [question]},
            {"kind": "assembly", "per": "person", "questions": VOTE["questions"]},
            {"kind": "attendance", "places": 0},
        ):
            assert await forms.refused(here, by, form=wrong) in ("form-wrong", "field-wrong"), wrong
        assert await forms.refused(here, by, form=VOTE, deadline=None) == "form-needs-deadline"


async def test_a_correction_may_ask_more_and_says_how_many_answers_it_would_lose(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here:
        president, resident = await here.phone(PRESIDENT), await here.phone(RESIDENT)
        notice = await here.post(president, form=SURVEY)
        for phone, when in ((president, "am"), (resident, "pm")):
            await phone.pull()
            forms.reply(phone, notice["id"], answers={"when": when, "say": "はい"}, at=here.clock())
            await phone.push()
        when = SURVEY["questions"][0]
        more = SURVEY | {
            "questions": [
                when | {"options": [*OPTIONS, {"id": "eve", "text": "夕方"}]},
                *SURVEY["questions"][1:],
            ]
        }
        assert (await story.correct(president, notice["id"], form=more)).status_code == 200
        assert (await forms.stands(president, notice["id"]))["counts"]["questions"]["when"]["pm"] == 1
        less = SURVEY | {
            "questions": [when | {"options": [OPTIONS[0], OPTIONS[2]]}, *SURVEY["questions"][1:]]
        }
        refused = await story.correct(president, notice["id"], form=less)
        assert (refused.status_code, refused.json()["slug"]) == (409, "option-has-answers")
        assert "1件" in refused.json()["detail"]
        for fixed in (SURVEY | {"secret": True}, SURVEY | {"per": "person"}, lunch(3), None):
            again = await story.correct(president, notice["id"], form=fixed)
            assert again.json()["slug"] == "form-fixed", fixed
        done = await story.correct(president, notice["id"], form=less, dropAnswers=True)
        assert done.status_code == 200, done.text
        lost = await forms.on_the_phone(resident, notice["id"])
        assert lost is not None
        assert (lost["answers"], lost["again"]) == ({"say": "はい"}, True), "and is asked again"
        forms.reply(resident, notice["id"], answers={"when": "pm"}, at=here.clock())
        assert await forms.sent(resident) == [("rejected", "option-gone")], "a phone that did not know yet"
        kept = await forms.on_the_phone(president, notice["id"])
        assert kept is not None
        assert (kept["answers"]["when"], kept["again"]) == ("am", False)


async def test_a_leader_enters_what_came_back_on_paper_and_the_home_sees_by_whom(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here:
        president, leader = await here.phone(PRESIDENT), await here.phone(LEADER_1)
        notice = await here.post(president, form=lunch(None))
        await leader.pull()
        paper, foreign = here.households["鈴木"], here.households["渡辺"]
        forms.reply(leader, notice["id"], home=paper, people=1, entered=True, at=here.clock())
        forms.reply(leader, notice["id"], home=foreign, people=1, entered=True, at=here.clock())
        assert await forms.sent(leader) == [("ok", ""), ("rejected", "not-your-answer")]
        rows = (await forms.stands(president, notice["id"]))["rows"]
        (row,) = [each for each in rows if each["home"] == "鈴木"]
        assert (row["how"], row["people"]) == ("paper", 1)
        ledger = await story.reach(president, notice["id"])
        assert ledger["hows"]["paper"] == 1
        umé = await here.phone(story.PAPER)
        held = await forms.on_the_phone(umé, notice["id"]) or await forms.on_the_phone(umé, notice["id"])
        assert held is not None
        assert (held["how"], held["by"]["name"]) == ("paper", LEADER_1)
        seen = await leader.http.get(f"/api/v1/notices/{notice['id']}/form")
        assert {each["block"] for each in seen.json()["rows"]} == {"一班"}
        assert not any("people" in each for each in seen.json()["rows"]), "leaders see who, not what"


async def test_the_table_has_a_line_for_each_home_and_no_cell_is_a_formula(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here:
        president, resident = await here.phone(PRESIDENT), await here.phone(RESIDENT)
        notice = await here.post(president, form=SURVEY)
        await resident.pull()
        forms.reply(resident, notice["id"], answers={"when": "pm", "say": "=1+1 𠮷"}, at=here.clock())
        await resident.push()
        path = f"/api/v1/notices/{notice['id']}/form.csv"
        table = (await president.http.get(path)).content.decode("utf-8-sig").splitlines()
        assert len(table) == 1 + 7
        assert "午後" in next(line for line in table if "伊藤" in line)
        assert "'=1+1" in next(line for line in table if "伊藤" in line)
        old = await president.http.get(path, params={"encoding": "cp932"})
        assert old.headers["X-Replaced-Characters"] == "U+20BB7"
        sums = (await president.http.get(path, params={"per": "sum"})).content.decode("utf-8-sig")
        assert "清掃はいつがよいですか,午後,1" in sums
        assert (await president.http.get(path, params={"encoding": "x"})).status_code == 422


async def test_a_form_of_the_city_is_answered_in_each_association_and_added_up(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here:
        clerk, president = await circulars.clerk(here), await here.phone(PRESIDENT)
        midori = await here.phone(MIDORI_PRESIDENT)
        for wrong in (VOTE, lunch(3)):
            refused = await circulars.try_send(here, clerk, form=wrong)
            assert refused.json()["slug"] == "form-not-for-city"
        sent = await circulars.send(here, clerk, form=SURVEY)
        await here.work()
        for phone, when in ((president, "am"), (midori, "pm")):
            await phone.pull()
            answer = await phone.http.post(f"/api/v1/notices/{sent['id']}/forward", json={})
            assert answer.status_code == 200, answer.text
            copy = answer.json().get("notice") or answer.json()["id"]
            await phone.pull()
            forms.reply(phone, copy, answers={"when": when}, at=here.clock())
            assert await forms.sent(phone) == [("ok", "")]
        await here.work()
        told = (await clerk.http.get(f"/api/v1/notices/{sent['id']}/form/city")).json()
        assert told["counts"]["answered"] == 2
        assert told["counts"]["asked"] == 9
        assert told["counts"]["questions"]["when"] == {"am": 1, "pm": 1, "no": 0}


async def test_what_was_answered_goes_in_its_time_and_the_sums_stay(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path, keep_proofs_days=30, chores=True) as here:
        president, resident = await here.phone(PRESIDENT), await here.phone(NO_CHANNEL)
        notice = await here.post(president, form=SURVEY)
        await resident.pull()
        forms.reply(resident, notice["id"], answers={"when": "am", "say": "よろしく"}, at=here.clock())
        await resident.push()
        await here.work()
        here.clock.pass_(days=32)
        await here.work()
        here.clock.pass_(days=2)
        await here.work()
        assert await forms.on_the_phone(resident, notice["id"]) is None
        told = await forms.stands(president, notice["id"])
        assert told["counts"]["questions"]["when"]["am"] == 1
        assert not any(row["answered"] for row in told["rows"])


async def test_after_a_moved_deadline_the_form_is_open_again(database_url: str, tmp_path: Path) -> None:
    async with town(database_url, tmp_path) as here:
        president, resident = await here.phone(PRESIDENT), await here.phone(RESIDENT)
        until = here.clock() + timedelta(days=1)
        notice = await here.post(president, form=SURVEY, deadline=until.isoformat())
        await resident.pull()
        await here.work()
        here.clock.pass_(days=2)
        await here.work()
        forms.reply(resident, notice["id"], answers={"when": "am"}, at=here.clock())
        assert await forms.sent(resident) == [("rejected", "form-closed")]
        later = (here.clock() + timedelta(days=3)).isoformat()
        assert (await story.correct(president, notice["id"], deadline=later)).status_code == 200
        forms.reply(resident, notice["id"], answers={"when": "am"}, at=here.clock())
        assert await forms.sent(resident) == [("ok", "")]


async def test_an_alarm_carries_no_form(database_url: str, tmp_path: Path) -> None:
    async with town(database_url, tmp_path) as here:
        clerk, president = await circulars.clerk(here), await here.phone(PRESIDENT)
        for kind in ("emergency", "exercise", "safety-check"):
            said = {"kind": kind, "form": SURVEY}
            for refused in (
                await alarms.try_write(here, clerk, **said),
                await alarms.of_association(here, president, **said),
            ):
                assert (refused.status_code, refused.json()["slug"]) == (422, "form-not-in-alarm")


async def test_an_answer_of_a_proxy_who_may_answer_and_not_stamp_proves_the_home(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here:
        president, mother = await here.phone(PRESIDENT), await here.phone(RESIDENT)
        asked = await families.ask(mother, whats=["receive", "answer"])
        daughter = await families.daughter(here, asked["code"])
        notice, home = await here.post(president, form=SURVEY), here.households["伊藤"]
        assert (await families.stamps(daughter, notice["id"], home))["code"] == "not-asked-for-this"
        forms.reply(daughter, notice["id"], home=home, answers={"when": "am"}, at=here.clock())
        assert await forms.sent(daughter) == [("ok", "")]
        ledger = await story.reach(president, notice["id"])
        assert (ledger["grades"]["stamped"], ledger["proxies"]) == (1, 1), "who answers has read"
