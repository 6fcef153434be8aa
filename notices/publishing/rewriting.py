"""A draft is rewritten by whoever has it before them as it is now. `revision` counts: each rewriting and, when it is sent, the
press, so that who still has the draft open does not correct what is out. A notice goes out with the number it has by then.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from notices.errors import RevisionUnseen
from notices.forms import shape
from notices.models import Notice
from notices.publishing.compose import Attached
from notices.records.placing import files_of


def insist_seen(notice: Notice, revision: int | None) -> None:
    """Who names what they have before them sends nothing else. None: they name nothing. Raises RevisionUnseen."""
    if revision is not None and notice.revision != revision:
        raise RevisionUnseen(revision=notice.revision)


async def says_so(
    session: AsyncSession, notice: Notice, changes: Mapping[str, Any], attached: Sequence[Attached] | None
) -> bool:
    """Whether the draft is already as it is to be: a save whose answer was lost, or one that changes nothing."""
    if notice.state != "draft":
        return False
    if any(_now(notice, name) != _wished(name, value) for name, value in changes.items()):
        return False
    if attached is None:
        return True
    there = [(file["sha256"], file["name"]) for file in await files_of(session, notice.tenant, notice.id)]
    return there == [(file.sha256, file.name) for file in attached]


def _now(notice: Notice, name: str) -> Any:
    return dict(notice.audience) if name == "audience" else getattr(notice, name)


def _wished(name: str, value: Any) -> Any:
    if name == "form":
        return None if value is None else shape.as_json(value)
    return dict(value) if name == "audience" else value
