"""Every error has one shape, RFC 9457, in the reader's language, and a status in the one table below."""

import logging
from collections.abc import Mapping
from typing import Any, Final

from litestar import Request, Response
from litestar.exceptions import HTTPException

from notices import errors as domain
from notices.approval import approval_errors as approvals
from notices.attachments import file_errors as files
from notices.circulation import errors as circulars
from notices.errors import KairanError
from notices.handover import handover_errors as handover
from notices.ledger import visit_errors as visits
from notices.life import life_errors as life
from notices.passkeys import passkey_errors as passkeys
from notices.privacy import privacy_errors as privacy
from notices.sheets import sheet_errors as sheets
from notices.sign_in import code_errors as codes
from notices.town import address_errors as addresses
from notices.town import people_errors as people
from server.edge import errors as edge
from server.edge.passing import passing, traces
from sync import errors as sync

log = logging.getLogger("kairan")

STATUS: Final[Mapping[type[Exception], int]] = {
    domain.KindUnknown: 422,
    domain.UrgencyUnknown: 422,
    domain.NothingAsked: 409,
    domain.TopicUnknown: 422,
    domain.TitleMissing: 422,
    domain.TitleTooLong: 422,
    domain.TextMissing: 422,
    domain.TextTooLong: 422,
    domain.WrongText: 422,
    domain.DateUnreadable: 422,
    domain.DeadlinePast: 422,
    domain.AudienceEmpty: 422,
    domain.BlockForeign: 422,
    domain.TooManyFiles: 422,
    domain.NotFound: 404,
    domain.NotAllowed: 403,
    domain.NobodyThere: 422,
    domain.WrongState: 409,
    domain.RevisionOld: 409,
    domain.ChoiceUnknown: 422,
    domain.KeyReused: 422,
    domain.KeyMissing: 400,
    domain.IdTaken: 409,
    domain.FieldWrong: 422,
    domain.NotYourHousehold: 403,
    domain.NoStampAsked: 409,
    domain.NotInAudience: 409,
    domain.Withdrawn: 410,
    visits.NotYourVisit: 403,
    sheets.NobodyOnPaper: 409,
    sheets.SheetCodeMistyped: 422,
    sheets.SheetUnknown: 404,
    sheets.SheetOfAnotherBlock: 403,
    sheets.SheetOfAnotherNotice: 409,
    sheets.SheetOutdated: 409,
    sheets.SheetWithdrawn: 410,
    sheets.NotOnSheet: 409,
    circulars.AssociationMissing: 422,
    circulars.AssociationForeign: 422,
    circulars.CircularText: 422,
    circulars.CoverTooLong: 422,
    circulars.CircularUnknown: 404,
    circulars.CircularWithdrawn: 410,
    circulars.CircularOver: 409,
    circulars.AlreadyForwarded: 409,
    circulars.DeadlineAfterCity: 422,
    circulars.ReasonMissing: 422,
    circulars.WordsOfTheCity: 409,
    circulars.AwaitsNobody: 422,
    files.FileRefused: 415,
    files.FileTooLarge: 413,
    files.ImageTooLarge: 413,
    files.FileUnknown: 422,
    files.UploadUnknown: 404,
    files.TooManyUploads: 429,
    files.OffsetWrong: 409,
    files.LengthWrong: 400,
    files.PartTooSmall: 400,
    addresses.PushEndpointRefused: 422,
    addresses.PushKeysRefused: 422,
    addresses.PushEndpointTaken: 409,
    addresses.MailAddressRefused: 422,
    addresses.HeaderTextRefused: 422,
    addresses.BounceTooSoon: 503,
    addresses.GatewayRefused: 422,
    privacy.ConsentUnknown: 422,
    privacy.StillInOffice: 409,
    edge.NotSignedIn: 401,
    edge.DeviceRevoked: 403,
    edge.StrangeOrigin: 403,
    edge.SignatureWrong: 401,
    edge.LineSignatureWrong: 401,
    edge.BodyUnreadable: 400,
    edge.BodyTooLarge: 413,
    edge.ClientTooOld: 426,
    edge.Busy: 503,
    edge.LinesFull: 503,
    edge.Crowded: 503,
    edge.TooEager: 429,
    edge.StorageFull: 507,
    edge.StoreAway: 503,
    edge.RangeNowhere: 416,
    edge.UploadWrong: 400,
    edge.PartTypeWrong: 415,
    edge.RouteMissing: 404,
    edge.MethodWrong: 405,
    edge.Unexpected: 500,
    people.RosterHasErrors: 422,
    people.RosterEndsTooMany: 409,
    people.RosterEndsOfficers: 409,
    people.RosterNotInCp932: 422,
    people.HouseholdUnknown: 404,
    people.WalkWrong: 422,
    people.TicketsForNobody: 422,
    people.CannotEnrol: 422,
    people.CodeMistyped: 422,
    people.CodeRefused: 403,
    people.TooManyTries: 429,
    people.CannotCarry: 409,
    people.CarryBusy: 503,
    people.LineNotOffered: 404,
    people.DeviceNameWrong: 422,
    people.DeviceKeyWrong: 422,
    people.DeviceUnknown: 404,
    handover.HandoverPast: 422,
    handover.HandoverFar: 422,
    handover.OverlapWrong: 422,
    handover.HandoverOfNothing: 422,
    handover.HandoverToNobody: 422,
    handover.SeatUnknown: 422,
    handover.SeatTwice: 422,
    handover.SuccessorTwice: 422,
    handover.SuccessorForeign: 422,
    handover.TooManyHolders: 422,
    handover.HandoverPending: 409,
    handover.NoHandoverPending: 409,
    handover.OnlyThePresident: 403,
    handover.NobodyOfThatName: 422,
    handover.SeveralOfThatName: 422,
    handover.HoldsAlready: 409,
    handover.AssociationHasOfficers: 409,
    handover.NoOfficerHere: 404,
    approvals.ClerksOnly: 403,
    approvals.OwnApproval: 403,
    approvals.AlreadyDecided: 409,
    approvals.ApprovalOld: 409,
    approvals.AskerLeft: 409,
    approvals.NobodyToApprove: 409,
    approvals.RefusalReasonMissing: 422,
    passkeys.PasskeyNeeded: 403,
    passkeys.PasskeyRefused: 403,
    passkeys.PasskeyElsewhere: 403,
    passkeys.PasskeyUnverified: 403,
    passkeys.PasskeyCopied: 403,
    passkeys.ChallengeOld: 409,
    passkeys.PasskeyNotForYou: 403,
    passkeys.SlipWanted: 403,
    passkeys.PasskeysNotOffered: 409,
    passkeys.PasskeyUnknown: 404,
    codes.MailedCodeMistyped: 422,
    codes.MailedCodeRefused: 403,
    codes.PersonUnknown: 422,
    codes.PasskeyWanted: 403,
    life.PeopleNotHere: 422,
    life.SplitLeavesNobody: 422,
    life.MergeWithItself: 422,
    life.LastOfficerLeaves: 409,
    life.NotOfOneself: 409,
    life.NobodyMovesIn: 422,
    life.EntryWrong: 422,
    life.AssociationUnknown: 422,
    life.ArrivalUnknown: 404,
    life.ChangeUnknown: 404,
    life.CannotTakeBack: 409,
    life.ChangedSince: 409,
    sync.ResyncRequired: 410,
    sync.Ahead: 410,
    sync.CursorMalformed: 400,
    sync.Malformed: 400,
}

_AFRESH: Final = (
    "お知らせを最初から受け取りなおします。そのままお待ちください。まだ送っていないものは消えません。",
    "This cursor cannot be continued. Start again without a cursor, and keep what is yet to be pushed.",
)

SENTENCES: Final[Mapping[type[Exception], tuple[str, str]]] = {
    sync.ResyncRequired: _AFRESH,
    sync.Ahead: _AFRESH,
    sync.CursorMalformed: (
        "アプリの記録を読み取れませんでした。アプリを開きなおしてください。",
        "The cursor is not one this server wrote. Start again without a cursor.",
    ),
    sync.Malformed: (
        "送られた内容を読み取れませんでした。アプリを新しくして、もう一度お試しください。",
        "The push cannot be read: {why}.",
    ),
}
"""The library speaks no language of its own: Japanese, English."""

RETRY_AFTER: Final = {503: "5", 507: "60", 429: "600"}


def lang_of(header: str) -> str:
    """`en` where the reader prefers it to Japanese (RFC 9110 §12.5.4), else `ja`."""
    best, liked = "ja", 0.0
    for part in header.lower().split(","):
        tag, _, weight = part.strip().partition(";")
        lang = tag.strip().partition("-")[0]
        if lang in ("ja", "en") and (found := _weight(weight)) > liked:
            best, liked = lang, found
    return best


def _weight(text: str) -> float:
    try:
        return float(text.partition("q=")[2] or 1)
    except ValueError:
        return 1.0


def problem(request: Request[Any, Any, Any], error: Exception) -> Response[dict[str, Any]]:
    """Whatever was raised, as a problem. What nobody foresaw is logged by its kind and place, never by its data."""
    known = _known(error)
    status = STATUS[type(known)]
    body: dict[str, Any] = {"type": f"/problems/{known.slug}", "status": status, "slug": known.slug}
    lang = lang_of(request.headers.get("accept-language", ""))
    if isinstance(known, KairanError):
        body |= {"title": known.slug.replace("-", " "), "detail": known.detail(lang)} | known.facts
    else:
        body |= {"title": known.slug.replace("-", " "), "detail": _lent(known, lang)}
    if isinstance(known, sync.ResyncRequired):
        body["reason"] = known.reason
    if isinstance(known, edge.DeviceRevoked):
        body["wipe"] = True
    headers = {"Cache-Control": "no-store"}
    if status in RETRY_AFTER:
        headers["Retry-After"] = str(body.get("retryAfter", RETRY_AFTER[status]))
    if isinstance(known, KairanError):
        headers |= known.headers
    return Response(body, status_code=status, media_type="application/problem+json", headers=headers)


def _lent(error: Exception, lang: str) -> str:
    japanese, english = SENTENCES[type(error)]
    return english.format(why=error) if lang == "en" else japanese


def _known(error: Exception) -> Any:
    if type(error) in STATUS:
        return error
    if isinstance(error, BaseExceptionGroup) and len(error.exceptions) == 1:
        return _known(error.exceptions[0])  # type: ignore[arg-type]
    if isinstance(error, RecursionError):
        return edge.BodyUnreadable(why="it is nested too deeply")
    if isinstance(error, UnicodeDecodeError):
        # Litestar lets it through from a body that is not UTF-8.
        return edge.BodyUnreadable(why="it is not UTF-8")
    if isinstance(error, HTTPException):
        return _of_framework(error)
    if passing(error):
        return edge.Busy()
    if isinstance(error, OSError) and error.errno == 28:
        return edge.StorageFull()
    log.error("unexpected %s at %s", type(error).__name__, _place(error))
    log.debug("unexpected", exc_info=error)
    return edge.Unexpected()


def _of_framework(error: HTTPException) -> KairanError:
    match error.status_code:
        case 404:
            return edge.RouteMissing()
        case 405:
            return edge.MethodWrong()
        case 413:
            return edge.BodyTooLarge()
        case status if status < 500:
            return edge.BodyUnreadable(why=_why(error))
    log.error("unexpected %s: %s", type(error).__name__, error.status_code)
    return edge.Unexpected()


def _why(error: HTTPException) -> str:
    """The fields at fault, without what was in them."""
    extra = error.extra if isinstance(error.extra, list) else []
    fields = [str(each.get("key", "")) + ": " + str(each.get("message", "")) for each in extra]
    return "; ".join(fields)[:300] or "it could not be decoded"


def _place(error: Exception) -> str:
    place = "?"
    for trace in traces(error):
        place = f"{trace.tb_frame.f_code.co_filename.rsplit('/', 1)[-1]}:{trace.tb_lineno}"
    return place
