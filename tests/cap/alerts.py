"""Alerts for the tests: the examples of the standard, one of ours, and strategies for any there may be."""

from functools import cache
from pathlib import Path
from xml.etree import ElementTree

import xmlschema
from hypothesis import strategies as st

from notices.cap import message
from notices.cap.message import Alert, Area, Info, Pair, Resource

FOLDER = Path(__file__).parent
EXAMPLES = sorted((FOLDER / "examples").glob("*.xml"))


@cache
def schema() -> xmlschema.XMLSchema:
    return xmlschema.XMLSchema(str(FOLDER / "CAP-v1.2.xsd"), validation="lax")


def is_valid(data: bytes) -> bool:
    return schema().is_valid(ElementTree.fromstring(data))


def facts(data: bytes) -> list[tuple[str, str]]:
    """Every element that says something, by its path, in order: read by another parser than ours."""

    def walk(element: ElementTree.Element, path: str) -> list[tuple[str, str]]:
        here = f"{path}/{element.tag}"
        if not len(element):
            return [(here, element.text or "")]
        return [(here, ""), *(fact for child in element for fact in walk(child, here))]

    return walk(ElementTree.fromstring(data), "")


def alert(**said: object) -> bytes:
    """As a national service would send it; `said` replaces the text of elements, None leaves them out."""
    texts: dict[str, object] = {
        "identifier": "JP-20261120-0001",
        "sender": "kisho@example.jp",
        "sent": "2026-11-20T10:00:00+09:00",
        "status": "Actual",
        "msgType": "Alert",
        "references": None,
        "event": "大雨特別警報",
        "urgency": "Immediate",
        "severity": "Extreme",
        "certainty": "Likely",
        "expires": "2026-11-20T16:00:00+09:00",
        "headline": "花水木市に大雨特別警報",
        "areaDesc": "花水木市",
    } | said

    def one(name: str) -> str:
        return "" if texts[name] is None else f"<{name}>{texts[name]}</{name}>"

    area = "" if texts["areaDesc"] is None else f"<area>{one('areaDesc')}{texts.get('shapes', '')}</area>"
    info = (
        f"<info><language>ja</language><category>Met</category>{one('event')}{one('urgency')}{one('severity')}"
        f"{one('certainty')}{one('expires')}<senderName>気象台</senderName>{one('headline')}"
        "<description>これまでに経験したことのないような大雨になっています。</description>"
        "<instruction>ただちに身の安全を確保してください。</instruction>"
        f"{area}</info>"
    )
    head = "".join(one(name) for name in ("identifier", "sender", "sent", "status", "msgType"))
    body = f"{head}<scope>{texts.get('scope', 'Public')}</scope>{one('references')}"
    text = f'<alert xmlns="{message.NAMESPACE}">{body}{texts.get("info", info)}</alert>'
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}'.encode()


_texts = st.text(
    st.characters(exclude_categories=("Cc", "Cs", "Cn")) | st.sampled_from("\n\t\r<>&"), max_size=40
)
_names = st.from_regex(r"[A-Za-z0-9@._-]{1,40}", fullmatch=True)
_times = st.builds(
    lambda at, minutes: (
        f"{at:%Y-%m-%dT%H:%M:%S}{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"
    ),
    st.datetimes(
        min_value=message.moment("1999-01-01T00:00:00"), max_value=message.moment("2100-01-01T00:00:00")
    ),
    st.integers(-14 * 60, 14 * 60),
)
_pairs = st.lists(st.builds(Pair, _texts, _texts), max_size=2).map(tuple)


def _maybe(of: st.SearchStrategy[str]) -> st.SearchStrategy[str | None]:
    return st.none() | of


def _some(of: st.SearchStrategy[str], least: int = 0) -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(of, min_size=least, max_size=3).map(tuple)


_areas = st.builds(
    Area,
    area_desc=_texts,
    polygon=_some(_texts),
    circle=_some(_texts),
    geocode=_pairs,
    altitude=_maybe(st.integers(0, 30000).map(str)),
    ceiling=_maybe(st.decimals(0, 30000, places=2).map(str)),
)
_resources = st.builds(
    Resource,
    resource_desc=_texts,
    mime_type=_texts,
    size=_maybe(st.integers(0).map(str)),
    uri=_maybe(_names),
    deref_uri=_maybe(_texts),
    digest=_maybe(_texts),
)
_infos = st.builds(
    Info,
    language=_maybe(st.sampled_from(("ja", "ja-x-easy", "en-US", "zh", "ko"))),
    category=_some(st.sampled_from(message.CATEGORIES), 1),
    event=_texts,
    response_type=_some(st.sampled_from(message.RESPONSES)),
    urgency=st.sampled_from(message.URGENCIES),
    severity=st.sampled_from(message.SEVERITIES),
    certainty=st.sampled_from(message.CERTAINTIES),
    audience=_maybe(_texts),
    event_code=_pairs,
    effective=_maybe(_times),
    onset=_maybe(_times),
    expires=_maybe(_times),
    sender_name=_maybe(_texts),
    headline=_maybe(_texts),
    description=_maybe(_texts),
    instruction=_maybe(_texts),
    web=_maybe(_names),
    contact=_maybe(_texts),
    parameter=_pairs,
    resource=st.lists(_resources, max_size=2).map(tuple),
    area=st.lists(_areas, max_size=2).map(tuple),
)
any_alert = st.builds(
    Alert,
    identifier=_names,
    sender=_names,
    sent=_times,
    status=st.sampled_from(message.STATUSES),
    msg_type=st.sampled_from(message.MSG_TYPES),
    source=_maybe(_texts),
    scope=st.sampled_from(message.SCOPES),
    restriction=_maybe(_texts),
    addresses=_maybe(_texts),
    code=_some(_texts),
    note=_maybe(_texts),
    references=_maybe(_texts),
    incidents=_maybe(_texts),
    info=st.lists(_infos, max_size=3).map(tuple),
)
