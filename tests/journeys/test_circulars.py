"""A circular of the city: one press, every association, and through it every home."""

from pathlib import Path
from typing import Any

from sqlalchemy import select

from notices import ids
from notices.circulation.passage import copy_id
from notices.models import NoticeRevision, Person
from tests.journeys import circulars, story
from tests.journeys.circulars import decline, forward, page, row_of
from tests.journeys.story import LEADER_2, MIDORI_PRESIDENT, OFFICER_2, PRESIDENT, RESIDENT
from tests.town import SAKURA, town

COVER = "公民館にも貼ってあります。わからないことは班長まで。"


async def test_an_association_that_forwards_and_an_association_that_declines(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here:
        clerk = await circulars.clerk(here)
        president, midori = await here.phone(PRESIDENT), await here.phone(MIDORI_PRESIDENT)
        resident, leader = await here.phone(RESIDENT), await here.phone(LEADER_2)
        circular = await circulars.send(here, clerk)
        assert circular["state"] == "published"
        assert circular["forecast"] == {"associations": 2, "byThemselves": 0, "households": 9}
        await here.work()
        # The officers hear of it by their own channels, and hold it whole; residents have nothing yet.
        assert {"hanako.yamada@example.jp", "ken.takahashi@example.jp"} <= set(story.sent_to(here))
        await president.pull()
        await midori.pull()
        await resident.pull()
        held = president.records["circulations", f"{circular['id']}.{here.sakura}"]
        assert held["state"] == "received"
        assert held["city"] == "花水木市"
        assert held["body"] == circulars.flood()["body"]
        assert resident.all("notices") == resident.all("circulations") == []

        # 山田さん passes it on, with a note and a deadline of her own.
        answer = await forward(president, circular["id"], cover=COVER, deadline="2026-12-05")
        assert answer.status_code == 200, answer.text
        copy = answer.json()
        assert copy["id"] == copy_id(circular["id"], here.sakura)
        assert copy["circular"] == circular["id"]
        await here.work()
        await resident.pull()
        await leader.pull()
        [notice] = resident.all("notices")
        assert notice["title"] == "ハザードマップの見なおしについて"
        assert notice["body"].startswith(f"{COVER}\n\n**花水木市からの回覧**\n\n")
        assert notice["deadline"].startswith("2026-12-05")
        assert notice["circular"] == circular["id"]
        assert "sachi.ito@example.jp" in story.sent_to(here)
        resident.stamp(copy["id"], resident.home())
        assert (await resident.push())[0]["status"] == "ok"
        ledger = await story.reach(president, copy["id"])
        assert ledger["grades"]["stamped"] == 1

        # 小林さん's association lies on the hill: not for us.
        answer = await decline(midori, circular["id"], reason="高台のため、対象の世帯がありません。")
        assert (answer.status_code, answer.json()["state"]) == (200, "declined")
        await here.work()
        await here.work()
        seen = await page(clerk, circular["id"])
        counts = seen["counts"]
        assert (counts["received"], counts["forwarded"], counts["declined"]) == (0, 1, 1)
        assert counts["households"] == 7, "the homes of the association that passed it on"
        assert counts["grades"] == ledger["grades"]
        assert row_of(seen, here.midori)["reason"] == "高台のため、対象の世帯がありません。"
        assert row_of(seen, here.sakura)["by"] == PRESIDENT
        await clerk.pull()
        assert clerk.records["circulations", circular["id"]]["counts"] == counts
        await midori.pull()
        assert midori.all("notices") == []

        # They thought better of it.
        assert (await forward(midori, circular["id"])).status_code == 200
        await here.work()
        await here.work()
        assert (await page(clerk, circular["id"]))["counts"]["forwarded"] == 2
        await midori.pull()
        assert midori.titles() == {"ハザードマップの見なおしについて"}


async def test_what_comes_too_late_twice_or_from_elsewhere_is_refused_with_a_sentence(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here:
        clerk = await circulars.clerk(here)
        president, midori = await here.phone(PRESIDENT), await here.phone(MIDORI_PRESIDENT)
        resident = await here.phone(RESIDENT)
        only = {"associations": [here.sakura]}
        circular = (await circulars.send(here, clerk, audience=only, deadline="2026-11-25"))["id"]

        async def refused(answer: object, status: int, slug: str) -> None:
            assert (answer.status_code, answer.json()["slug"]) == (status, slug), answer.text  # type: ignore[attr-defined]
            assert len(answer.json()["detail"]) > 10  # type: ignore[attr-defined]

        await refused(await forward(midori, circular), 404, "circular-unknown")
        await refused(await decline(midori, circular, reason="うちではない"), 404, "circular-unknown")
        await refused(await forward(resident, circular), 403, "not-allowed")
        await refused(await forward(president, circular, association=here.midori), 404, "circular-unknown")
        await refused(await forward(president, circular, deadline="2026-11-26"), 422, "deadline-after-city")
        await refused(await forward(president, circular, deadline="2026-11-19"), 422, "deadline-past")
        await refused(await forward(president, circular, cover="あ" * 501), 422, "cover-too-long")
        await refused(await decline(president, circular, reason=" "), 422, "reason-missing")
        assert (await page(clerk, circular))["counts"]["received"] == 1, "nothing was half done"

        assert (await forward(president, circular)).status_code == 200
        await refused(await forward(president, circular), 409, "already-forwarded")
        await refused(await decline(president, circular, reason="やはり"), 409, "already-forwarded")

        late = (await circulars.send(here, clerk, audience=only, deadline="2026-11-25"))["id"]
        here.clock.pass_(days=6)
        await refused(await forward(president, late), 409, "circular-over")
        assert (await decline(president, late, reason="まにあいませんでした。")).status_code == 200

        gone = (await circulars.send(here, clerk, audience=only))["id"]
        assert (await story.act(clerk, gone, "withdraw")).status_code == 200
        await refused(await forward(president, gone), 410, "circular-withdrawn")
        await refused(await decline(president, gone, reason="もういい"), 410, "circular-withdrawn")


async def test_only_clerks_write_for_the_city_and_only_to_its_own_associations(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here:
        clerk, approver = await circulars.clerk(here), await circulars.clerk(here, "承認 太郎", "approver")
        president = await here.phone(PRESIDENT)
        for phone in (president, approver):
            answer = await circulars.try_send(here, phone)
            assert (answer.status_code, answer.json()["slug"]) == (403, "not-allowed")
        for audience, slug in (
            ({"associations": []}, "association-missing"),
            ({"districts": []}, "association-missing"),
            ({"associations": [ids.new_id()]}, "association-foreign"),
            ({"districts": ["ない地区"]}, "association-foreign"),
        ):
            answer = await circulars.try_send(here, clerk, audience=audience)
            assert (answer.status_code, answer.json()["slug"]) == (422, slug)
        for districts in (["\0"], [str(n) for n in range(3_000)]):
            answer = await circulars.try_send(here, clerk, audience={"districts": districts})
            assert (answer.status_code, answer.json()["slug"]) == (400, "body-unreadable")
        answer = await circulars.try_send(here, clerk, body="あ" * 9_900)
        assert (answer.status_code, answer.json()["slug"]) == (422, "circular-too-long")
        circular = await circulars.send(here, clerk, publish=False)
        assert circular["state"] == "draft"
        await president.pull()
        assert president.all("circulations") == []
        await approver.pull()
        assert [each["state"] for each in approver.all("circulations")] == ["draft"], "who approves may read"
        answer = await approver.http.get(f"/api/v1/notices/{circular['id']}/circulations")
        assert answer.status_code == 200
        assert (await president.http.get(f"/api/v1/notices/{circular['id']}/circulations")).status_code == 403
        await circulars.publish(here, clerk, circular["id"])
        await president.pull()
        assert len(president.all("circulations")) == 1


async def test_a_standing_order_passes_circulars_on_without_anybodys_press(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here:
        clerk, president = await circulars.clerk(here), await here.phone(PRESIDENT)
        resident = await here.phone(RESIDENT)
        assert (await circulars.by_itself(president, here.midori)).status_code == 403
        assert (await circulars.by_itself(resident, here.sakura)).status_code == 403
        assert (await circulars.by_itself(president, here.sakura)).json() == {"byItself": True}
        circular = await circulars.send(here, clerk)
        assert circular["forecast"]["byThemselves"] == 1
        await here.work()
        await here.work()
        await resident.pull()
        [notice] = resident.all("notices")
        assert notice["from"] == {"name": "市職員", "title": "花水木市"}
        assert notice["deadline"].startswith("2026-12-10")
        seen = row_of(await page(clerk, circular["id"]), here.sakura)
        assert (seen["state"], seen["by"], seen["households"]) == ("forwarded", None, 7)
        assert row_of(await page(clerk, circular["id"]), here.midori)["state"] == "received"
        told = story.sent_to(here)
        assert told.count("hanako.yamada@example.jp") == 1, "the circular itself, and no word that it waits"
        assert told.count("shigeru.kobayashi@example.jp") == 1, "there it waits for a press"


async def test_what_one_clerk_may_do_to_what_is_out_follows_to_every_home_and_more_is_refused(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here:
        clerk, president = await circulars.clerk(here), await here.phone(PRESIDENT)
        midori, resident = await here.phone(MIDORI_PRESIDENT), await here.phone(RESIDENT)
        circular = (await circulars.send(here, clerk))["id"]
        await forward(president, circular, cover=COVER)
        await here.work()
        await resident.pull()
        resident.stamp(copy_id(circular, here.sakura), resident.home())
        await resident.push()
        before = story.sent(here)

        too_much: tuple[dict[str, Any], ...] = (
            {"title": "ハザードマップ（改訂）", "deadline": "2026-12-11"},
            {"files": []},
            {"resend": "all"},
            {"askAgain": True, "deadline": "2026-12-11"},
        )
        for said in too_much:
            answer = await story.correct(clerk, circular, **said)
            assert (answer.status_code, answer.json()["slug"]) == (409, "correction-alone"), said
        here.clock.pass_(minutes=11)
        for asked in (
            story.correct(clerk, circular, deadline="2026-12-11"),
            story.act(clerk, circular, "withdraw"),
        ):
            answer = await asked
            assert (answer.status_code, answer.json()["slug"]) == (403, "passkey-needed")
        await circulars.prove(clerk)
        answer = await story.correct(clerk, circular, deadline="2026-12-11")
        assert answer.status_code == 200, answer.text
        await here.work()
        await resident.pull()
        [notice] = resident.all("notices")
        assert notice["body"].startswith(f"{COVER}\n\n**花水木市からの回覧**")
        assert (notice["revision"], notice["stampRound"]) == (2, 1)
        assert story.sent(here) == before, "silent"
        await midori.pull()
        assert midori.records["circulations", f"{circular}.{here.midori}"]["revision"] == 2

        # The words, the papers and the days are the city's: an association changes none of them.
        not_theirs: tuple[dict[str, Any], ...] = (
            {"body": "ちがうことを言う"},
            {"files": []},
            {"deadline": "2027-03-31"},
        )
        for own in not_theirs:
            answer = await story.correct(president, copy_id(circular, here.sakura), **own)
            assert (answer.status_code, answer.json()["slug"]) == (409, "words-of-the-city")

        assert (await story.act(clerk, circular, "withdraw")).status_code == 200
        await here.work()
        for phone in (president, midori, resident):
            await phone.pull()
        assert resident.all("notices") == []
        states = {
            each["circularState"] for each in [*president.all("circulations"), *midori.all("circulations")]
        }
        assert states == {"withdrawn"}
        seen = await page(clerk, circular)
        assert (seen["state"], seen["counts"]["forwarded"]) == ("withdrawn", 1)


async def test_an_officer_without_a_signal_decides_and_it_counts_when_it_arrives(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here:
        clerk, president = await circulars.clerk(here), await here.phone(PRESIDENT)
        midori, resident = await here.phone(MIDORI_PRESIDENT), await here.phone(RESIDENT)
        circular = (await circulars.send(here, clerk))["id"]
        president.write("passages", f"{circular}.{here.sakura}", {"act": "forward", "cover": COVER})
        president.write("passages", f"{circular}.{here.sakura}", {"act": "forward", "cover": COVER})
        midori.write("passages", f"{circular}.{here.midori}", {"act": "decline", "reason": "高台のため。"})
        midori.write("passages", f"{circular}.{here.sakura}", {"act": "decline", "reason": "よその会。"})
        resident.write("passages", f"{circular}.{here.sakura}", {"act": "decline", "reason": "役員でない。"})
        assert [each["status"] for each in await president.push()] == ["ok", "ok"]
        mine, others = await midori.push()
        assert (mine["status"], others["status"], others["code"]) == ("ok", "rejected", "circular-unknown")
        assert (await resident.push())[0]["code"] == "circular-unknown"
        await here.work()
        counts = (await page(clerk, circular))["counts"]
        assert (counts["forwarded"], counts["declined"]) == (1, 1)
        await resident.pull()
        assert resident.all("notices")[0]["body"].startswith(COVER)

        late = (await circulars.send(here, clerk, deadline="2026-11-25"))["id"]
        president.write("passages", f"{late}.{here.sakura}", {"act": "forward"})
        here.clock.pass_(days=6)
        [answer] = await president.push()
        assert (answer["status"], answer["code"]) == ("rejected", "circular-over")
        await president.pull()
        assert [each["code"] for each in president.all("corrections")] == ["circular-over"]


async def test_a_forward_can_be_taken_back_while_it_is_held_and_then_made_anew(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path, undo_seconds=60) as here:
        clerk, president = await circulars.clerk(here), await here.phone(PRESIDENT)
        resident = await here.phone(RESIDENT)
        circular = (await circulars.send(here, clerk))["id"]
        assert (await forward(president, circular)).json()["slug"] == "circular-unknown", "it is held as well"
        here.clock.pass_(seconds=61)
        await here.work()
        copy = (await forward(president, circular, cover=COVER)).json()
        assert copy["state"] == "held"
        assert (await story.act(president, copy["id"], "undo")).status_code == 200
        await president.pull()
        assert president.records["circulations", f"{circular}.{here.sakura}"]["state"] == "received"
        assert president.all("drafts") == []
        assert (await forward(president, circular)).json()["id"] == copy["id"]
        assert (await story.act(president, copy["id"], "withdraw")).status_code == 200, (
            "taken back, as it is held"
        )
        assert (await forward(president, circular)).json()["id"] == copy["id"]
        here.clock.pass_(seconds=61)
        await here.work()
        await resident.pull()
        assert COVER not in resident.all("notices")[0]["body"]
        assert (await story.act(clerk, circular, "undo")).status_code == 409


async def test_a_forward_whose_officer_leaves_while_it_is_held_waits_for_todays_officers(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path, undo_seconds=60) as here:
        clerk, president = await circulars.clerk(here), await here.phone(PRESIDENT)
        second, resident = await here.phone(OFFICER_2), await here.phone(RESIDENT)
        circular = (await circulars.send(here, clerk))["id"]
        here.clock.pass_(seconds=61)
        await here.work()
        assert (await forward(second, circular, cover=COVER)).status_code == 200
        without = SAKURA.replace(
            "ken.takahashi@example.jp,副会長,2026-04-01,2027-03-31", "ken.takahashi@example.jp,,,"
        )
        answer = await story.import_roster(president, here.sakura, without)
        assert answer.status_code == 200, answer.text
        here.clock.pass_(seconds=61)
        await here.work()
        await president.pull()
        await resident.pull()
        assert president.records["circulations", f"{circular}.{here.sakura}"]["state"] == "received"
        assert resident.all("notices") == []
        assert (await forward(second, circular)).status_code == 403
        assert (await forward(president, circular)).status_code == 200


async def test_a_deadline_that_the_city_moves_moves_in_the_copies_and_opens_the_circular_again(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here:
        clerk, president = await circulars.clerk(here), await here.phone(PRESIDENT)
        midori, resident = await here.phone(MIDORI_PRESIDENT), await here.phone(RESIDENT)
        circular = (await circulars.send(here, clerk, deadline="2026-11-25"))["id"]
        await forward(president, circular)
        here.clock.pass_(days=6)
        await here.work()
        assert (await forward(midori, circular)).json()["slug"] == "circular-over"
        await circulars.prove(clerk)
        answer = await story.correct(clerk, circular, deadline="2026-12-20")
        assert answer.status_code == 200, answer.text
        await here.work()
        await resident.pull()
        assert resident.all("notices")[0]["deadline"].startswith("2026-12-20")
        assert (await forward(midori, circular)).status_code == 200


async def test_what_follows_bears_the_name_of_the_clerk_who_moved_the_deadline(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here:
        clerk, colleague = await circulars.clerk(here), await circulars.clerk(here, "石川 真")
        president = await here.phone(PRESIDENT)
        circular = (await circulars.send(here, clerk))["id"]
        assert (await forward(president, circular)).status_code == 200
        copy = copy_id(circular, here.sakura)
        await circulars.prove(colleague)
        answer = await story.correct(colleague, circular, deadline="2026-12-11")
        assert answer.status_code == 200, answer.text
        await here.work()
        async with here.house.db.read() as session:
            names = select(Person.name).join(NoticeRevision, NoticeRevision.by == Person.id)
            of = (NoticeRevision.notice == copy, NoticeRevision.revision == 2)
            assert (await session.scalars(names.where(*of))).all() == ["石川 真"]


async def test_a_circular_whose_last_day_has_passed_is_not_approved(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here:
        clerk, approver = await circulars.clerk(here), await circulars.second_person(here)
        last = "2026-11-25T00:00:00Z"
        circular = (await circulars.try_send(here, clerk, deadline=None, expiresAt=last)).json()["id"]
        here.clock.pass_(days=10)
        await circulars.prove(approver)
        answer = await approver.http.post(f"/api/v1/notices/{circular}/approve", json={"baseRevision": 1})
        assert (answer.status_code, answer.json()["slug"]) == (422, "circular-expired")
        told = (await clerk.http.get(f"/api/v1/notices/{circular}")).json()
        assert told["state"] == "awaiting", "it can still be given back"


async def test_a_circular_that_the_city_withdraws_while_a_copy_is_held_never_leaves(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path, undo_seconds=60) as here:
        clerk, president = await circulars.clerk(here), await here.phone(PRESIDENT)
        resident = await here.phone(RESIDENT)
        circular = (await circulars.send(here, clerk))["id"]
        here.clock.pass_(seconds=61)
        await here.work()
        await forward(president, circular)
        assert (await story.act(clerk, circular, "withdraw")).status_code == 200
        here.clock.pass_(seconds=61)
        await here.work()
        await resident.pull()
        assert resident.all("notices") == []
        assert (await page(clerk, circular))["counts"]["forwarded"] == 0
