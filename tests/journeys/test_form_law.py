"""The law of forms: how it stands is the fold of the answers that were taken, in whatever order, however often they came."""

import asyncio
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest

from notices.forms import counting, said, shape
from notices.forms.counting import Given
from notices.forms.said import Said
from tests.journeys import forms
from tests.journeys.forms import SURVEY
from tests.journeys.story import HUSBAND, LEADER_1, LEADER_2, OFFICER_2, PRESIDENT, RESIDENT
from tests.phone import NoSignal, Phone
from tests.town import town

Kept = dict[str, tuple[datetime, Said]]


@pytest.mark.parametrize("seed", [1, pytest.param(2, marks=pytest.mark.slow)])
async def test_the_sums_are_the_fold_of_what_was_taken(database_url: str, tmp_path: Path, seed: int) -> None:
    chance = Random(seed)
    async with town(database_url, tmp_path) as here:
        names = [PRESIDENT, HUSBAND, OFFICER_2, LEADER_1, LEADER_2, RESIDENT]
        phones = [await here.phone(name) for name in names]
        notice = await here.post(phones[0], form=SURVEY)
        for phone in phones:
            await phone.pull()
        taken: Kept = {}
        for _ in range(5):
            here.clock.pass_(minutes=10)
            pressed = [_press(chance, phone, notice["id"], here.clock()) for phone in phones]
            for phone in phones:
                phone.drop_answers = chance.randrange(2)
            await asyncio.gather(*(_sent(phone) for phone in phones))
            for home, at, one in pressed:
                if home not in taken or said.newer(at, one, *taken[home]):
                    taken[home] = (at, one)
        form = shape.of_json(phones[0].records["notices", notice["id"]]["form"])
        fold = counting.tally(form, [Given(home, one) for home, (_, one) in taken.items()])
        told = (await forms.stands(phones[0], notice["id"]))["counts"]
        assert {name: told[name] for name in fold} == fold
        for phone in phones:
            held = await forms.on_the_phone(phone, notice["id"])
            assert held is not None
            assert held["answers"] == taken[phone.home()][1].answers, "and every phone of a home sees it"


def _press(chance: Random, phone: Phone, notice: str, now: datetime) -> tuple[str, datetime, Said]:
    at = now - timedelta(seconds=chance.randrange(300))
    answers: dict[str, Any] = {"when": chance.choice(["am", "pm", "no"])}
    if chance.random() < 0.5:
        answers["bring"] = [chance.choice(["am", "pm"])]
    forms.reply(phone, notice, answers=answers, at=at)
    return phone.home(), at, Said(answers)


async def _sent(phone: Phone) -> None:
    """Until there is an answer: what got lost is pushed again, with the same name."""
    while phone.outbox:
        with suppress(NoSignal):
            results = await phone.push()
            assert {each["status"] for each in results} <= {"ok", "conflict"}
