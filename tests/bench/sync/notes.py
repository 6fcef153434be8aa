"""Our server with a toy kind, `notes`, that any member of a scope may write. `python -m tests.bench.sync.notes`

The least a kind can do: it asks whether the author is in the scope, and records. What is measured is then the way of
a mutation through HTTP, rights, deduplication and the log, not an application's own tables.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from server.processes.run import serve
from server.syncing.mutations import HANDLERS
from sync import Change, ScopeKey, record
from sync.push import Call, Ok, Outcome, Rejected


async def notes(session: AsyncSession, calls: Sequence[Call]) -> Sequence[Outcome]:
    return [_write(session, call) for call in calls]


def _write(session: AsyncSession, call: Call) -> Outcome:
    data = call.mutation.data or {}
    scope = ScopeKey(*data["scope"])
    if scope not in call.context.scopes:
        return Rejected("not-your-scope")
    body = {"text": data["text"]}
    record(session, call.context.standing.tenant, Change(scope, "notes", call.mutation.id, body))
    return Ok()


if __name__ == "__main__":
    serve({**HANDLERS, "notes": notes})
