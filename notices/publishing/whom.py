"""A draft is for somebody else: its audience, chosen anew before it goes out, and never after."""

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncSession

from notices.alarm.alarm_errors import FollowUpElsewhere
from notices.circulation import recipients
from notices.errors import AudienceEmpty, ChoiceUnknown, WrongState
from notices.models import Notice
from notices.publishing import publish
from notices.records import audience as places

OF_CITY: Final = frozenset({"associations", "districts"})
OF_ASSOCIATION: Final = frozenset({"blocks"})


async def change(session: AsyncSession, notice: Notice, changes: Mapping[str, Any]) -> None:
    """Where `changes` has an `audience`: empty is all.

    Raises WrongState of what is out, FollowUpElsewhere of what goes on with another, ChoiceUnknown for places of another
    kind, AudienceEmpty, and what publish.own_blocks and recipients.insist raise.
    """
    audience = changes.get("audience", notice.audience)
    if dict(audience) == dict(notice.audience):
        return
    if notice.state != "draft":
        raise WrongState(state=notice.state)
    # What follows is for whom the first message was for.
    if notice.refers_to is not None:
        raise FollowUpElsewhere()
    choices = OF_CITY if notice.association is None else OF_ASSOCIATION
    if len(audience) > 1 or not audience.keys() <= choices:
        raise ChoiceUnknown(field="audience", choices=", ".join(sorted(choices)))
    if audience.get("blocks") == []:
        raise AudienceEmpty()
    if notice.association is None:
        await recipients.insist(session, notice.tenant, audience)
    else:
        await publish.own_blocks(session, notice.tenant, notice.association, places.blocks_of(audience))
    notice.audience = dict(audience)


def noted(changes: Mapping[str, Any]) -> dict[str, Any]:
    """PURE: for the audit, how many of which places; nothing where the audience was not spoken of."""
    if "audience" not in changes:
        return {}
    return {"audience": {name: len(places) for name, places in changes["audience"].items()} or "all"}
