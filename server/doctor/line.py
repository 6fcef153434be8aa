"""Whether LINE takes anything from us, and how many messages the month has left. Nothing is sent."""

from collections.abc import Sequence
from typing import Final

from notices.channels.line_answers import Answer
from notices.channels.line_api import LineApi
from server.doctor import Finding, Patient, fail, ok, warn

_NEARLY: Final = 0.8


async def line(patient: Patient) -> Sequence[Finding]:
    settings = patient.settings
    if not settings.line_channel_token:
        return []
    api = LineApi(settings.line_channel_token, settings.line_api)
    try:
        quota = await api.quota()
    finally:
        await api.close()
    if isinstance(quota, Answer):
        if quota.status in (401, 403):
            remedy = (
                "Issue a new access token in the LINE Developers console, and set KAIRAN_LINE_CHANNEL_TOKEN."
            )
            return [fail("line", f"LINE refuses our access token ({quota.status}).", remedy)]
        said = f"LINE does not answer as it should ({quota.status or quota.said})."
        return [fail("line", said, "See whether this machine reaches api.line.me; try again later.")]
    if quota.limit is None:
        return [ok("line", f"LINE answers; {quota.used} messages this month, of as many as one likes.")]
    said = f"{quota.used} of this month's {quota.limit} messages on LINE are used"
    if quota.spent:
        return [
            fail("line", f"{said}: nothing more goes out by LINE.", "Take a larger plan for the account.")
        ]
    if quota.used >= _NEARLY * quota.limit:
        return [warn("line", f"{said}.", "Take a larger plan for the account before they are used up.")]
    return [ok("line", f"{said}.")]
