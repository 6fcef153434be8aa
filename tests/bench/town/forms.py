"""What a form costs where an association has 500 households: an answer, how it stands, the spreadsheet.

`python -m tests.bench.town.forms [HOUSEHOLDS]`: on SQLite, over HTTP inside the process, so that CPU time is all of it.
"""

import asyncio
import sys
import tempfile
from pathlib import Path
from time import process_time
from typing import Any

from rich.console import Console
from sqlalchemy import select

from notices.models import Household
from server.migrate import upgrade
from tests.bench.town.reach import fill, timed
from tests.journeys import forms
from tests.journeys.story import PRESIDENT
from tests.phone import Phone
from tests.town import TENANT, Town, town

AT_ONCE = 100


async def answered(here: Town, by: Phone, notice: str, said: dict[str, Any]) -> float:
    """CPU in ms for each answer; all homes' are entered from paper, by one officer."""
    async with here.house.db.read() as session:
        query = select(Household.id).where(Household.tenant == TENANT, Household.association == here.sakura)
        homes = (await session.scalars(query)).all()
    for home in homes:
        forms.reply(by, notice, home=home, at=here.clock(), entered=True, **said)
    before = process_time()
    results = await by.push()
    spent = process_time() - before
    assert all(each["status"] == "ok" for each in results), results[:3]
    return spent / len(homes) * 1000


async def main(households: int) -> None:
    console = Console()
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite+aiosqlite:///{folder}/kairan.db"
        await asyncio.to_thread(upgrade, url)
        async with town(url, Path(folder)) as here:
            president = await here.phone(PRESIDENT)
            await fill(here, households)
            for what, form, said in (
                ("a survey", forms.SURVEY, {"answers": {"when": "am", "bring": ["pm"]}}),
                ("a vote by letter", forms.VOTE, {"letter": "chair"}),
                ("places for all", forms.lunch(None), {"people": 2}),
                ("places for a tenth", forms.lunch(households // 10), {"people": 2}),
            ):
                notice = await here.post(president, form=form)
                await president.pull()
                each = await answered(here, president, notice["id"], said)
                console.print(f"{what}: {each:.2f} ms of CPU for each answer of {households} homes")
                path = f"/api/v1/notices/{notice['id']}/form"
                for name, url in (("how it stands", path), ("spreadsheet", f"{path}.csv")):
                    wall, cpu, size = await timed(lambda url=url: president.http.get(url))  # type: ignore[misc]
                    console.print(f"  {name}: {cpu:.1f} ms of CPU, {wall:.1f} ms, {size} bytes")


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 500))
