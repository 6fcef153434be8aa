"""A vote with proxy letters and one that arrives late: 総会, counted so that anybody can follow it."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert

from notices import ids
from notices.models import Proxy
from tests.journeys import forms, story
from tests.journeys.forms import VOTE, votes
from tests.journeys.story import LEADER_1, LEADER_2, NO_CHANNEL, OFFICER_2, PRESIDENT, RESIDENT
from tests.town import TENANT, Town, town


@pytest.mark.everyday
async def test_a_vote_with_proxy_letters_and_one_that_arrives_late(database_url: str, tmp_path: Path) -> None:
    async with town(database_url, tmp_path) as here:
        president, officer = await here.phone(PRESIDENT), await here.phone(OFFICER_2)
        leader_1, leader_2 = await here.phone(LEADER_1), await here.phone(LEADER_2)
        resident, silent = await here.phone(RESIDENT), await here.phone(NO_CHANNEL)
        until = here.clock() + timedelta(days=2)
        notice = await here.post(president, title="総会の議案", deadline=until.isoformat(), form=VOTE)
        for phone in here.phones:
            await phone.pull()
        now = here.clock()

        forms.reply(president, notice["id"], answers=votes("for", "for"), at=now)
        forms.reply(officer, notice["id"], answers=votes("for", "against"), at=now)
        forms.reply(leader_1, notice["id"], letter="chair", at=now)
        # Written without a space, as on paper.
        forms.reply(leader_2, notice["id"], letter={"name": "高橋健"}, at=now)
        forms.reply(resident, notice["id"], letter={"name": NO_CHANNEL}, at=now)
        for phone in (president, officer, leader_1, leader_2, resident):
            assert await forms.sent(phone) == [("ok", "")]
        held = await forms.on_the_phone(leader_2, notice["id"])
        assert held is not None
        assert held["letter"]["name"] == OFFICER_2

        counts = (await forms.stands(president, notice["id"]))["counts"]
        assert counts["questions"]["m1"] == {"for": 3, "against": 0, "abstain": 0, "silent": 0}
        assert counts["questions"]["m2"] == {"for": 1, "against": 2, "abstain": 0, "silent": 0}, (
            "a letter counts with the votes of the home it was given to"
        )
        assert (counts["voted"], counts["toChair"], counts["withVotes"], counts["unused"]) == (2, 1, 1, 1)
        assert (counts["answered"], counts["asked"]) == (5, 7)

        # The own vote takes the letter's place; one pressed in the cellar in time arrives a day late.
        here.clock.pass_(days=1)
        forms.reply(leader_2, notice["id"], answers=votes("abstain", "for"), at=here.clock())
        assert await forms.sent(leader_2) == [("ok", "")]
        silent.online = leader_1.online = False
        forms.reply(silent, notice["id"], answers=votes("against", "against"), at=here.clock())
        forms.reply(leader_1, notice["id"], answers=votes("against", "against"), at=here.clock())
        await here.work()
        here.clock.pass_(days=1, minutes=1)
        silent.online = leader_1.online = True
        assert await forms.sent(silent) == [("rejected", "form-closed")]
        assert await forms.sent(leader_1) == [("rejected", "form-closed")], "the letter stands as it was"
        kept = await forms.on_the_phone(leader_1, notice["id"])
        assert kept is not None
        assert kept["letter"] == "chair"
        (told,) = leader_1.all("corrections")
        assert (told["t"], told["code"]) == ("form-answers", "form-closed")
        assert "しめきり" in told["message"]

        await here.work()
        end = await forms.stands(president, notice["id"])
        assert end["closed"]
        assert end["counts"]["questions"]["m1"] == {"for": 2, "against": 0, "abstain": 1, "silent": 0}
        assert end["counts"]["questions"]["m2"] == {"for": 2, "against": 1, "abstain": 0, "silent": 0}
        assert (end["counts"]["toChair"], end["counts"]["unused"]) == (1, 1)
        await president.pull()
        (record,) = president.all("form-results")
        assert {name: record[name] for name in end["counts"]} == end["counts"], "officers hold it offline too"
        ledger = await story.reach(president, notice["id"])
        assert ledger["grades"]["stamped"] == 5, "whoever has answered has read; who came too late has not"


async def test_a_secret_vote_tells_nobody_who_voted_how_and_no_sum_before_its_end(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here:
        president, resident = await here.phone(PRESIDENT), await here.phone(RESIDENT)
        until = here.clock() + timedelta(days=2)
        notice = await here.post(president, deadline=until.isoformat(), form=VOTE | {"secret": True})
        await resident.pull()
        forms.reply(resident, notice["id"], answers=votes("against", "abstain"), at=here.clock())
        assert await forms.sent(resident) == [("ok", "")]
        await here.work()
        before = await forms.stands(president, notice["id"])
        assert before["counts"] == {"answered": 1, "hidden": True}
        await president.pull()
        (record,) = president.all("form-results")
        assert "questions" not in record
        assert not any("answers" in row for row in before["rows"])
        assert [row["home"] for row in before["rows"] if row["answered"]] == ["伊藤"], (
            "that they voted is known"
        )
        here.clock.pass_(days=3)
        await here.work()
        after = await forms.stands(president, notice["id"])
        assert after["counts"]["questions"]["m1"]["against"] == 1
        assert not any("answers" in row for row in after["rows"])
        csv = await president.http.get(f"/api/v1/notices/{notice['id']}/form.csv")
        assert "伊藤" not in csv.text
        assert "反対,1" in csv.text


async def test_a_letter_to_nobody_known_to_two_or_to_ones_own_home_is_refused(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here:
        president, resident = await here.phone(PRESIDENT), await here.phone(RESIDENT)
        notice = await here.post(president, form=VOTE)
        await resident.pull()
        await president.pull()
        for name, code in (
            ("見知らぬ 人", "delegate-unknown"),
            ("chair", "delegate-unknown"),
            ("", "delegate-unknown"),
            ("小林 茂", "delegate-unknown"),
        ):
            forms.reply(resident, notice["id"], letter={"name": name}, at=here.clock())
            assert await forms.sent(resident) == [("rejected", code)], name
        forms.reply(president, notice["id"], letter={"name": "山田 太郎"}, at=here.clock())
        assert await forms.sent(president) == [("rejected", "delegate-at-home")]
        assert (await forms.stands(president, notice["id"]))["counts"]["answered"] == 0


async def test_a_proxy_answers_for_the_home_whose_consent_they_have_for_no_other_and_casts_no_vote(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here:
        president, resident = await here.phone(PRESIDENT), await here.phone(RESIDENT)
        await consent(here, RESIDENT, to=NO_CHANNEL, answer=True)
        await consent(here, RESIDENT, to=LEADER_1, answer=False)
        vote, notice = await here.post(president, form=VOTE), await here.post(president, form=forms.SURVEY)
        await resident.pull()
        forms.reply(
            resident,
            vote["id"],
            home=here.households["渡辺"],
            at=here.clock(),
            answers=votes("for", "abstain"),
        )
        assert await forms.sent(resident) == [("rejected", "not-your-answer")], "a vote is the home's own"
        for home in ("渡辺", "佐藤", "伊藤"):
            whose = here.households[home]
            forms.reply(resident, notice["id"], home=whose, at=here.clock(), answers={"when": "am"})
        assert await forms.sent(resident) == [("ok", ""), ("rejected", "not-your-answer"), ("ok", "")]
        told = await forms.stands(president, notice["id"])
        assert {row["home"]: row["proxy"] for row in told["rows"] if row["answered"]} == {
            "渡辺": True,
            "伊藤": False,
        }
        owner = await here.phone(NO_CHANNEL)
        held = await forms.on_the_phone(owner, notice["id"]) or await forms.on_the_phone(owner, notice["id"])
        assert held is not None
        assert (held["proxy"], held["by"]["name"]) == (True, RESIDENT), "the home sees who answered for it"
        ledger = await story.reach(president, notice["id"])
        assert ledger["proxies"] == 1, "and whoever answered for them has stamped for them"


async def consent(here: Town, person: str, *, to: str, answer: bool) -> None:
    day = here.clock().date()
    row = {
        "tenant": TENANT,
        "id": ids.new_id(),
        "represented": here.people[to],
        "person": here.people[person],
        "name": person,
        "basis": "other",
        "receive": True,
        "stamp": True,
        "answer": answer,
        "begins": day - timedelta(days=1),
        "ends": day + timedelta(days=300),
        "consent": "paper",
        "recorded_by": here.people[PRESIDENT],
        "recorded_at": here.clock(),
        "accepted_at": here.clock(),
    }
    async with here.house.db.write() as session:
        await session.execute(insert(Proxy), row, execution_options={"journalled": True})
