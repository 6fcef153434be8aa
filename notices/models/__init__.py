"""The tables of the domain, by room; every primary key but those of `lane` and `canary` begins with the tenant."""

from notices.models.bounce import Bounce
from notices.models.canary import Canary
from notices.models.circulation import Circulation, Nudge
from notices.models.delivery import Delivery, Message, Planning
from notices.models.due import Due
from notices.models.gateway import Gateway, GatewayCall
from notices.models.ladder import Rung
from notices.models.lane import Lane
from notices.models.line import LineCode
from notices.models.notice import File, FileGrant, Notice, NoticeFile, NoticeHousehold, NoticeRevision
from notices.models.people import (
    Address,
    Association,
    Block,
    City,
    Device,
    Household,
    Person,
    Resident,
    Seat,
    Term,
    Ticket,
)
from notices.models.proof import Stamp, Visit
from notices.models.question import Question
from notices.models.record import Audit, AuditHead, Idempotency
from notices.models.upload import Upload

__all__ = [
    "Address",
    "Association",
    "Audit",
    "AuditHead",
    "Block",
    "Bounce",
    "Canary",
    "Circulation",
    "City",
    "Delivery",
    "Device",
    "Due",
    "File",
    "FileGrant",
    "Gateway",
    "GatewayCall",
    "Household",
    "Idempotency",
    "Lane",
    "LineCode",
    "Message",
    "Notice",
    "NoticeFile",
    "NoticeHousehold",
    "NoticeRevision",
    "Nudge",
    "Person",
    "Planning",
    "Question",
    "Resident",
    "Rung",
    "Seat",
    "Stamp",
    "Term",
    "Ticket",
    "Upload",
    "Visit",
]
