"""`kairan audit verify` against somebody who holds the database: what they did is found, and the first bad entry named."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from email.message import EmailMessage

import pytest
from sqlalchemy import delete, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from notices.audit import GENESIS, chained
from notices.auditing.heads import Head, text_of
from notices.models import Audit, AuditHead
from tests.server.commands import Machine

Deed = Callable[[AsyncConnection], Awaitable[None]]


def by_hand(machine: Machine, deed: Deed) -> None:
    """As by somebody with a database shell, around the triggers."""
    url = machine.settings.get("database_url", f"sqlite+aiosqlite:///{machine.database}")

    async def done() -> None:
        engine = create_async_engine(url)
        try:
            async with engine.begin() as connection:
                await _open(connection)
                await deed(connection)
        finally:
            await engine.dispose()

    asyncio.run(done())


async def _open(connection: AsyncConnection) -> None:
    if connection.dialect.name == "postgresql":
        await connection.execute(text("ALTER TABLE audit DISABLE TRIGGER USER"))
        return
    for what in ("update", "delete"):
        await connection.execute(text(f"DROP TRIGGER IF EXISTS audit_refuses_{what}"))


def head_of(machine: Machine) -> Head:
    found: list[Head] = []

    async def look(connection: AsyncConnection) -> None:
        row = (await connection.execute(select(AuditHead.tenant, AuditHead.seq, AuditHead.hash))).one()
        found.append(Head(row.seq, row.hash, row.tenant))

    by_hand(machine, look)
    return found[0]


def filled(machine: Machine) -> Head:
    """A record of some entries. → its head, as it would be mailed."""
    machine.init()
    for _ in range(3):
        assert machine("hold").code == 0
        assert machine("release").code == 0
    head = head_of(machine)
    assert head.seq >= 8, "there is a middle, and a tail"
    return head


async def chain_anew(connection: AsyncConnection, *, but: Sequence[int] = (), forge: int = 0) -> None:
    """The whole chain and its head computed once more, as whoever knows the program can."""
    rows = (await connection.execute(select(Audit.__table__).order_by(Audit.seq))).all()
    await connection.execute(delete(Audit))
    before, seq = GENESIS, 0
    for row in rows:
        if row.seq in but:
            continue
        seq += 1
        action = "nothing.happened" if row.seq == forge else row.action
        before = chained(before, seq, row.at, row.actor, action, row.subject, row.detail)
        said = dict(row._mapping) | {"seq": seq, "action": action, "hash": before}
        await connection.execute(insert(Audit).values(said))
    await connection.execute(update(AuditHead).values(seq=seq, hash=before))


async def edit(connection: AsyncConnection) -> None:
    await connection.execute(update(Audit).where(Audit.seq == 2).values(action="nothing.happened"))


async def delete_in_the_middle(connection: AsyncConnection) -> None:
    await connection.execute(delete(Audit).where(Audit.seq == 4))


async def cut_the_tail(connection: AsyncConnection) -> None:
    last = (await connection.execute(select(AuditHead.seq))).scalar_one()
    await connection.execute(delete(Audit).where(Audit.seq > last - 2))


async def delete_and_append(connection: AsyncConnection) -> None:
    """As many entries as before, and the new last one fits the head."""
    last = (await connection.execute(select(Audit.__table__).order_by(Audit.seq.desc()).limit(1))).one()
    await connection.execute(delete(Audit).where(Audit.seq == 4))
    seq, said = last.seq + 1, (last.at, last.actor, "city.held", last.subject, last.detail)
    hash = chained(last.hash, seq, *said)
    names = ("at", "actor", "action", "subject", "detail")
    values = dict(zip(names, said, strict=True)) | {"tenant": last.tenant, "seq": seq, "hash": hash}
    await connection.execute(insert(Audit).values(values))
    await connection.execute(update(AuditHead).values(seq=seq, hash=hash))


async def rewrite(connection: AsyncConnection) -> None:
    await chain_anew(connection, forge=3)


@pytest.mark.parametrize(
    ("deed", "seq", "says"),
    [
        (edit, 2, "entry 2 was changed."),
        (delete_in_the_middle, 4, "entry 4 is missing."),
        (cut_the_tail, None, "are missing; the end is cut."),
        (delete_and_append, 4, "entry 4 is missing."),
    ],
)
def test_what_was_done_to_the_past_is_found_in_the_database_alone(
    either: Machine, deed: Deed, seq: int | None, says: str
) -> None:
    head = filled(either)
    assert either("audit", "verify").code == 0
    by_hand(either, deed)
    said = either("audit", "verify")
    assert said.code == 1
    assert f"hana: entr{'y' if seq else 'ies'}" in said.err
    assert says in said.err
    found = either("audit", "verify", "--json")
    assert found.code == 1
    assert found.json["ok"] is False
    assert found.json["cities"][0]["firstBad"]["seq"] == (seq or head.seq - 1)


def test_a_record_that_was_written_anew_is_found_by_the_head_that_was_mailed(either: Machine) -> None:
    mailed = filled(either)
    by_hand(either, rewrite)
    assert either("audit", "verify").code == 0, "in itself it holds: whoever did it knew the program"
    said = either("audit", "verify", "--head", text_of(mailed))
    assert said.code == 1
    assert f"hana: entry {mailed.seq} is not the one whose head was mailed" in said.err


def test_of_several_heads_the_first_that_differs_says_since_when(either: Machine) -> None:
    either.init()
    before = head_of(either)
    assert either("hold").code == 0
    assert either("release").code == 0
    after = head_of(either)

    async def forge_the_last(connection: AsyncConnection) -> None:
        await chain_anew(connection, forge=after.seq)

    by_hand(either, forge_the_last)
    said = either("audit", "verify", "--head", text_of(before), "--head", text_of(after))
    assert said.code == 1
    assert f"it or one after entry {before.seq} was written anew" in said.err
    found = either("audit", "verify", "--head", text_of(before), "--json")
    assert found.json["cities"][0] == {
        "city": "hana",
        "entries": after.seq,
        "mailed": before.seq,
        "firstBad": None,
    }


def test_a_tail_that_was_cut_with_its_head_is_found_by_the_head_that_was_mailed(either: Machine) -> None:
    mailed = filled(either)

    async def cut(connection: AsyncConnection) -> None:
        await chain_anew(connection, but=(mailed.seq - 1, mailed.seq))

    by_hand(either, cut)
    assert either("audit", "verify").code == 0
    said = either("audit", "verify", "--head", text_of(mailed))
    assert said.code == 1
    assert f"entries {mailed.seq - 1} to {mailed.seq} are missing; they were there" in said.err
    # More is written in their place: as many as there were, and others.
    assert either("hold").code == 0
    assert either("release").code == 0
    said = either("audit", "verify", "--head", text_of(mailed))
    assert said.code == 1
    assert f"entry {mailed.seq} is not the one whose head was mailed" in said.err


def test_what_was_put_in_or_cannot_be_read_is_named(machine: Machine) -> None:
    head = filled(machine)

    async def behind_the_end(connection: AsyncConnection) -> None:
        await connection.execute(update(AuditHead).values(seq=head.seq - 1))

    by_hand(machine, behind_the_end)
    assert f"entry {head.seq} was put in behind the end" in machine("audit", "verify").err

    async def unreadable(connection: AsyncConnection) -> None:
        await connection.execute(text("UPDATE audit SET detail = '{nothing' WHERE seq = 3"))

    by_hand(machine, unreadable)
    assert "entry 3 was changed: it cannot be read any more" in machine("audit", "verify").err

    async def all_of_it(connection: AsyncConnection) -> None:
        await connection.execute(delete(Audit))
        await connection.execute(delete(AuditHead))

    by_hand(machine, all_of_it)
    assert "the head of the record is missing" in machine("audit", "verify").err


def test_heads_are_read_from_mails_that_were_saved(machine: Machine) -> None:
    head = filled(machine)
    mail = EmailMessage()
    mail["Subject"] = "記録の控え"
    mail.set_content(f"操作の記録の控えです。\n\n{text_of(head)}\n", cte="base64")
    (machine.folder / "mail.eml").write_bytes(mail.as_bytes())
    said = machine("audit", "verify", "--heads", "mail.eml")
    assert said.code == 0
    assert f"what was mailed up to entry {head.seq} is in it" in said.err
    without_city = text_of(Head(head.seq, head.hash))
    assert machine("audit", "verify", "--head", without_city).code == 0


def test_a_head_that_cannot_be_read_is_said_before_anything_is_checked(machine: Machine) -> None:
    head = filled(machine)
    for wrong in ("12", f"{head.seq}:abcd", text_of(head)[:-1], text_of(head) + "0"):
        said = machine("audit", "verify", "--head", wrong)
        assert said.code == 2
        assert "is no head" in said.err
    other = text_of(Head(head.seq, head.hash, "mori"))
    assert "There is no city 'mori' here" in machine("audit", "verify", "--head", other).err
    (machine.folder / "empty.txt").write_text("控えはありません\n")
    assert "There is no head in that file" in machine("audit", "verify", "--heads", "empty.txt").err
