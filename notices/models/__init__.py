"""The tables of the domain, by room; every primary key begins with the tenant, but those of `lane`, `canary`, `channel_quota`."""

from notices.models.address import Address
from notices.models.approval import Approval
from notices.models.bounce import Bounce
from notices.models.canary import Canary
from notices.models.cap import CapAlert, CapRule, CapSource
from notices.models.carriage import Carriage
from notices.models.circulation import Circulation, Nudge
from notices.models.consent import Consent
from notices.models.delivery import Delivery, Message, Planning
from notices.models.due import Due
from notices.models.form import FormAnswer, FormTally
from notices.models.gateway import Gateway, GatewayCall
from notices.models.handover import Handover
from notices.models.ladder import Rung
from notices.models.lane import Lane
from notices.models.life import LifeChange, MergedHome
from notices.models.line import LineCode
from notices.models.look import Look
from notices.models.notice import File, FileGrant, Notice, NoticeFile, NoticeHousehold, NoticeRevision
from notices.models.people import (
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
from notices.models.proxy import FamilyTold, Greeting, Proxy
from notices.models.question import Question
from notices.models.quota import ChannelQuota
from notices.models.record import Audit, AuditHead, Idempotency, MailedHead
from notices.models.safety import SafetyAnswer, SafetyBoard
from notices.models.sheet import Sheet, SheetHome
from notices.models.sign_in import MailedCode, Memo, Passkey, SpentChallenge, StepUp
from notices.models.upload import Upload

__all__ = [
    "Address",
    "Approval",
    "Association",
    "Audit",
    "AuditHead",
    "Block",
    "Bounce",
    "Canary",
    "CapAlert",
    "CapRule",
    "CapSource",
    "Carriage",
    "ChannelQuota",
    "Circulation",
    "City",
    "Consent",
    "Delivery",
    "Device",
    "Due",
    "FamilyTold",
    "File",
    "FileGrant",
    "FormAnswer",
    "FormTally",
    "Gateway",
    "GatewayCall",
    "Greeting",
    "Handover",
    "Household",
    "Idempotency",
    "Lane",
    "LifeChange",
    "LineCode",
    "Look",
    "MailedCode",
    "MailedHead",
    "Memo",
    "MergedHome",
    "Message",
    "Notice",
    "NoticeFile",
    "NoticeHousehold",
    "NoticeRevision",
    "Nudge",
    "Passkey",
    "Person",
    "Planning",
    "Proxy",
    "Question",
    "Resident",
    "Rung",
    "SafetyAnswer",
    "SafetyBoard",
    "Seat",
    "Sheet",
    "SheetHome",
    "SpentChallenge",
    "Stamp",
    "StepUp",
    "Term",
    "Ticket",
    "Upload",
    "Visit",
]
