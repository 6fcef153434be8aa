"""PURE: whether an alert concerns us. Refused is what its sender has to mend, ignored what is not meant for people."""

from datetime import datetime
from typing import Final

from notices.cap.cap_errors import CapExpired, CapNoArea, CapNoInfo, CapNotPublic, CapReferenceMissing
from notices.cap.message import CERTAINTIES, SEVERITIES, URGENCIES, Alert, Info, moment
from notices.tokyo import wire

KIND_OF: Final = {"Actual": "emergency", "Exercise": "exercise"}
"""Status → what it becomes here. Nothing turns one into the other."""
WHY: Final = {
    "cap-status": "試験用の警報なので、何もしませんでした。",
    "cap-answer": "受け取りの返事なので、何もしませんでした。",
    "cap-nothing-to-cancel": "もとの警報から出したお知らせがないので、何もしませんでした。",
    "cap-already-over": "もとのお知らせは、もう終わっています。担当者が確かめてください。",
    "cap-rule-failed": "自動で送れませんでした。担当者が確かめてください。",
}
"""Slug → what clerks and whoever brought it are told."""


def ignored(alert: Alert) -> str | None:
    """A slug of WHY for what is meant for machines and not for people."""
    if alert.status not in KIND_OF:
        return "cap-status"
    return "cap-answer" if alert.msg_type in ("Ack", "Error") else None


def insist(alert: Alert, now: datetime) -> None:
    """Raises CapNotPublic, CapReferenceMissing, CapNoInfo, CapNoArea, CapExpired."""
    if alert.scope != "Public":
        raise CapNotPublic()
    if alert.msg_type != "Alert" and not alert.earlier:
        raise CapReferenceMissing()
    if alert.msg_type == "Cancel":
        return  # it ends what was said, and needs to say no more
    if not alert.info or not all(each.event.strip() for each in alert.info):
        raise CapNoInfo()
    if not all(each.area and all(area.area_desc.strip() for area in each.area) for each in alert.info):
        raise CapNoArea()
    ends = expires(alert)
    if ends is not None and ends <= now:
        raise CapExpired(expires=wire(ends))


def expires(alert: Alert) -> datetime | None:
    """The last of its parts; None where one has no end."""
    ends = [each.expires for each in alert.info]
    return (
        max((moment(each) for each in ends if each is not None), default=None) if None not in ends else None
    )


def main_info(alert: Alert) -> Info | None:
    """The one in Japanese, else the first."""
    japanese = (each for each in alert.info if (each.language or "en-US").lower().split("-")[0] == "ja")
    return next(japanese, alert.info[0] if alert.info else None)


def grave_enough(info: Info, urgency: str, severity: str, certainty: str) -> bool:
    """Whether it reaches these grades: each list of message.py goes from the gravest down, `Unknown` is the least."""
    return (
        URGENCIES.index(info.urgency) <= URGENCIES.index(urgency)
        and SEVERITIES.index(info.severity) <= SEVERITIES.index(severity)
        and CERTAINTIES.index(info.certainty) <= CERTAINTIES.index(certainty)
    )
