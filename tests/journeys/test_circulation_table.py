"""The clerk's counts per association as a spreadsheet that adds up, names nobody, and computes nothing."""

import csv
import io
from pathlib import Path
from typing import Any

from sqlalchemy import update

from notices.models import Association
from tests.journeys import circulars
from tests.journeys.circulars import decline, forward
from tests.journeys.story import MIDORI_PRESIDENT, PRESIDENT, RESIDENT
from tests.phone import Phone
from tests.town import town


async def table(by: Phone, circular: str, encoding: str, status: int = 200) -> tuple[list[list[str]], Any]:
    path = f"/api/v1/notices/{circular}/circulations.csv"
    answer = await by.http.get(path, params={"encoding": encoding})
    assert answer.status_code == status, answer.text
    if status != 200:
        return [], answer.headers
    assert answer.headers["content-type"].startswith("text/csv")
    text = answer.content.decode("utf-8-sig" if encoding == "utf-8" else encoding)
    return list(csv.reader(io.StringIO(text, newline=""))), answer.headers


async def test_a_line_per_association_adds_up_and_no_cell_is_a_formula(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here:
        clerk = await circulars.clerk(here)
        president, midori = await here.phone(PRESIDENT), await here.phone(MIDORI_PRESIDENT)
        circular = (await circulars.send(here, clerk))["id"]
        await here.work()
        assert (await forward(president, circular)).status_code == 200
        assert (await decline(midori, circular, reason="=HYPERLINK(1) 対象外𠮷")).status_code == 200
        await here.work()
        async with here.house.db.write() as session:
            renamed = update(Association).where(Association.id == here.sakura).values(name="＝さくら町内会")
            await session.execute(renamed, execution_options={"journalled": True})
        (head, *lines, total), _ = await table(clerk, circular, "utf-8")
        assert head[:6] == ["地区", "町内会", "状態", "決めた日時", "回さないわけ", "世帯数"]
        by = {line[2]: line for line in lines}
        assert by["回した"][1] == "'＝さくら町内会"
        assert by["対象外"][4] == "'=HYPERLINK(1) 対象外𠮷"
        assert total[1] == "合計"
        for column in range(5, len(head)):
            assert int(total[column]) == sum(int(line[column]) for line in lines), head[column]
        assert sum(map(int, by["回した"][6:])) == int(by["回した"][5]) > 0
        assert not any(name in ",".join(line) for line in lines for name in (PRESIDENT, MIDORI_PRESIDENT))
        old, headers = await table(clerk, circular, "cp932")
        assert headers["X-Replaced-Characters"] == "U+20BB7"
        assert "〓" in old[-1][0]
        await table(clerk, circular, "utf-7", status=422)
        await table(await here.phone(RESIDENT), circular, "utf-8", status=403)
