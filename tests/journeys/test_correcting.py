"""A notice is corrected, asked for again, or withdrawn."""

from pathlib import Path

from tests.journeys import story
from tests.journeys.story import LEADER_1, MAILED, OFFICER_2, PRESIDENT, RESIDENT
from tests.town import town


async def test_a_silent_correction_reaches_phones_sends_nothing_and_leaves_stamps(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here:
        president, resident = await here.phone(PRESIDENT), await here.phone(RESIDENT)
        notice = await here.post(president)
        await here.work()
        await resident.pull()
        resident.stamp(notice["id"], resident.home())
        await resident.push()
        before = story.sent(here)
        answer = await story.correct(president, notice["id"], title="清掃は午前9時からです")
        assert answer.status_code == 200, answer.text
        assert (answer.json()["revision"], answer.json()["stampRound"]) == (2, 1)
        await here.work()
        await resident.pull()
        assert resident.titles() == {"清掃は午前9時からです"}
        assert resident.records["notices", notice["id"]]["correctedAt"] is not None
        assert story.sent(here) == before, "a correction is silent unless it says otherwise"
        assert (await story.reach(president, notice["id"]))["grades"]["stamped"] == 1, "stamps stand"


async def test_asking_again_starts_a_round_in_which_old_stamps_do_not_count(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here:
        president, resident = await here.phone(PRESIDENT), await here.phone(RESIDENT)
        notice = await here.post(president)
        await resident.pull()
        resident.stamp(notice["id"], resident.home(), round=1)
        await resident.push()
        answer = await story.correct(president, notice["id"], body="日を改めます。", askAgain=True)
        assert answer.json()["stampRound"] == 2
        ledger = await story.reach(president, notice["id"])
        assert ledger["grades"]["stamped"] == 0, "who stamped the old text has not read the new one"
        resident.stamp(notice["id"], resident.home(), round=1)
        await resident.push()
        ledger = await story.reach(president, notice["id"])
        assert ledger["grades"]["stamped"] == 0, "a late stamp of round 1 does not count for round 2"
        await resident.pull()
        assert resident.records["notices", notice["id"]]["stampRound"] == 2
        resident.stamp(notice["id"], resident.home(), round=2)
        assert (await resident.push())[0]["status"] == "ok"
        assert (await story.reach(president, notice["id"]))["grades"]["stamped"] == 1


async def test_a_stamp_for_a_round_that_has_not_begun_is_refused(database_url: str, tmp_path: Path) -> None:
    async with town(database_url, tmp_path) as here:
        president, resident = await here.phone(PRESIDENT), await here.phone(RESIDENT)
        notice = await here.post(president)
        await resident.pull()
        for round in (2, 0, -1):
            resident.stamp(notice["id"], resident.home(), round=round)
        results = await resident.push()
        assert {each["status"] for each in results} == {"rejected"}, "there is no such round"
        await story.correct(president, notice["id"], body="日を改めます。", askAgain=True)
        assert (await story.reach(president, notice["id"]))["grades"]["stamped"] == 0, "nobody stamps ahead"


async def test_resend_to_the_unstamped_messages_those_alone(database_url: str, tmp_path: Path) -> None:
    async with town(database_url, tmp_path) as here:
        president, resident, leader = [await here.phone(each) for each in (PRESIDENT, RESIDENT, LEADER_1)]
        notice = await here.post(president)
        await here.work()
        await resident.pull()
        resident.stamp(notice["id"], resident.home())
        await resident.push()
        told = {"householdId": here.households["田中"], "how": "told"}
        answer = await leader.http.post(f"/api/v1/notices/{notice['id']}/stamps", json=told)
        assert answer.status_code in (403, 404), "the Tanakas are not of the first block"
        answer = await president.http.post(f"/api/v1/notices/{notice['id']}/stamps", json=told)
        assert answer.status_code == 201, answer.text
        before = len(story.mails(here))
        await story.correct(president, notice["id"], body="雨天中止です。", resend="unstamped")
        await here.work()
        again = set(story.sent_to(here)[before:])
        assert again == MAILED - {"sachi.ito@example.jp", "minoru.tanaka@example.jp"}
        before = len(story.mails(here))
        await story.correct(president, notice["id"], body="やはり行います。", resend="all")
        await here.work()
        assert set(story.sent_to(here)[before:]) == MAILED, "all means all"
        assert (await story.reach(president, notice["id"]))["grades"]["stamped"] == 2, "stamps stand"


async def test_two_officers_correct_at_once_and_the_second_is_told(database_url: str, tmp_path: Path) -> None:
    async with town(database_url, tmp_path) as here:
        president, other = await here.phone(PRESIDENT), await here.phone(OFFICER_2)
        notice = await here.post(president)
        assert (
            await story.correct(other, notice["id"], title="9時からです", baseRevision=1)
        ).status_code == 200
        late = await story.correct(president, notice["id"], title="10時からです", baseRevision=1)
        assert (late.status_code, late.json()["slug"]) == (409, "revision-old")
        assert (await story.notice(president, notice["id"]))["title"] == "9時からです"


async def test_a_withdrawn_notice_leaves_the_phones_and_stops_what_waits(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here:
        president, resident = await here.phone(PRESIDENT), await here.phone(RESIDENT)
        notice = await here.post(president)
        await resident.pull()
        assert len(resident.titles()) == 1
        answer = await story.act(president, notice["id"], "withdraw")
        assert (answer.status_code, answer.json()["state"]) == (200, "withdrawn")
        await here.work()
        assert story.sent(here) == 0, "nothing goes out after a withdrawal"
        await resident.pull()
        assert resident.titles() == set(), "gone at the next pull"
        ledger = (await president.http.get(f"/api/v1/notices/{notice['id']}/deliveries")).json()
        assert ledger["rows"], "what was planned is not swept away"
        assert {row["state"] for row in ledger["rows"]} == {"skipped"}
        for row in ledger["rows"]:
            assert "withdrawn" in row["reason"] or "取り下げ" in row["reason"], (
                "and says why nothing was sent"
            )
        assert ledger["total"] == sum(ledger["states"].values()) == len(ledger["rows"])
        fresh = await here.phone(LEADER_1)
        await fresh.pull()
        assert fresh.titles() == set(), "nothing withdrawn comes back"


async def test_a_block_notice_withdrawn_while_the_phone_was_off_is_gone_when_it_is_back(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here:
        president, resident = await here.phone(PRESIDENT), await here.phone(RESIDENT)
        blocks = {"blocks": [here.blocks["一班"], here.blocks["二班"]]}
        notice = await here.post(president, audience=blocks)
        await resident.pull()
        await story.correct(president, notice["id"], title="直しました")
        await story.act(president, notice["id"], "withdraw")
        changes = await resident.pull()
        assert resident.titles() == set()
        assert changes == 1, "the log is compact: one tombstone, not a history"


async def test_a_withdrawn_notice_can_be_neither_corrected_nor_sent_nor_taken_back(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here:
        president = await here.phone(PRESIDENT)
        notice = await here.post(president)
        await story.act(president, notice["id"], "withdraw")
        refused = [
            await story.correct(president, notice["id"], title="もう一度", resend="all"),
            await story.act(president, notice["id"], "publish"),
            await story.act(president, notice["id"], "undo"),
        ]
        assert [each.status_code for each in refused] == [409, 409, 409], [each.text for each in refused]
        await here.work()
        assert story.sent(here) == 0
        again = await story.act(president, notice["id"], "withdraw")
        assert again.status_code in (200, 409), "a second press does no harm"


async def test_an_expired_notice_leaves_the_phones(database_url: str, tmp_path: Path) -> None:
    async with town(database_url, tmp_path) as here:
        president, resident = await here.phone(PRESIDENT), await here.phone(RESIDENT)
        notice = await here.post(president, expiresAt="2026-12-01T00:00:00+09:00")
        await here.work()
        await resident.pull()
        assert len(resident.titles()) == 1
        here.clock.pass_(days=14)
        await here.work()
        await resident.pull()
        assert resident.titles() == set()
        assert (await story.notice(president, notice["id"]))["state"] == "expired"


async def test_a_draft_that_is_thrown_away_leaves_the_lists_and_is_not_said_to_be_taken_back(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here:
        president = await here.phone(PRESIDENT)
        draft = await here.post(president, title="書きかけ", publish=False)
        await president.pull()
        assert [each["id"] for each in president.all("drafts")] == [draft["id"]]
        answer = await story.act(president, draft["id"], "withdraw")
        assert (answer.status_code, answer.json()["state"]) == (200, "withdrawn")
        await president.pull()
        assert (president.all("drafts"), president.all("sent")) == ([], [])
        path = f"/api/v1/associations/{here.sakura}/notices"
        found = await president.http.get(path, params={"q": "書きかけ"})
        assert found.json()["notices"] == []
