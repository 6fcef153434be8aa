"""Every error has one shape, RFC 9457, in the reader's language, and a status (statuses.py)."""

import logging
from collections.abc import Mapping
from typing import Any, Final

from litestar import Request, Response
from litestar.exceptions import HTTPException

from notices.errors import KairanError
from server.edge import errors as edge
from server.edge.passing import passing, traces
from server.edge.statuses import STATUS
from sync import errors as sync

log = logging.getLogger("kairan")

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
