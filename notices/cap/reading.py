"""PURE: bytes of a stranger → an alert, or the sentence that says what is wrong. Nothing is fetched, nothing expanded.

Held in bounds before anything is built: bytes, depth, elements. Then it must be as the schema of CAP 1.2 has it, element by
element in its order; what else an alert must say to concern us is asked by judging.py.
"""

import re
from collections.abc import Sequence
from dataclasses import MISSING, Field, dataclass, field, fields
from typing import Any, Final, TypeVar
from xml.etree.ElementTree import ParseError

from defusedxml.common import DTDForbidden, EntitiesForbidden, ExternalReferenceForbidden
from defusedxml.ElementTree import DefusedXMLParser

from notices.cap import message
from notices.cap.cap_errors import (
    CapCharset,
    CapDoctype,
    CapElementWrong,
    CapNotCap,
    CapNotXml,
    CapTooDetailed,
    CapTooLarge,
    CapVersion,
)
from notices.cap.message import CODES, LANGUAGE, NAME, TIME, TIMES, Alert, Area, Info, Pair, Resource

LARGEST: Final = 1024 * 1024
"""Bytes: the longest alert of a national service has a tenth of it."""
_DEPTH: Final = 16
_ELEMENTS: Final = 20_000
_TEXT: Final = 100_000
"""Characters of one element."""
MOST: Final = {"info": 20, "area": 1000, "polygon": 1000, "circle": 1000, "geocode": 5000, "resource": 100}
"""In a whole alert."""

_ENCODING: Final = re.compile(rb"""^(?:\xef\xbb\xbf)?<\?xml[^>]*?encoding\s*=\s*["']([^"']*)["']""")
_OURS: Final = f"{{{message.NAMESPACE}}}"
_OTHER_CAP: Final = re.compile(
    r"\{(?:urn:oasis:names:tc:emergency:cap:|http://www\.incident\.com/cap/)([\d.]+)\}"
)
_NESTED: Final[dict[str, type]] = {"info": Info, "area": Area, "resource": Resource}
_PAIRS: Final = frozenset({"event_code", "parameter", "geocode"})
_NUMBERS: Final = {
    "size": re.compile(r"[-+]?[0-9]+"),
    "altitude": re.compile(r"[-+]?([0-9]+(\.[0-9]*)?|\.[0-9]+)"),
    "ceiling": re.compile(r"[-+]?([0-9]+(\.[0-9]*)?|\.[0-9]+)"),
}
T = TypeVar("T")


@dataclass(slots=True)
class _Element:
    tag: str
    children: list["_Element"] = field(default_factory=list)
    said: list[str] = field(default_factory=list)

    @property
    def name(self) -> str:
        return self.tag.rpartition("}")[2]

    @property
    def text(self) -> str:
        return "".join(self.said)


class _Builder:
    """What the parser tells; it stops where an alert has left its bounds. Comments and instructions say nothing."""

    def __init__(self) -> None:
        self._open: list[_Element] = []
        self._count = 0
        self._length = 0
        self.root: _Element | None = None

    def start(self, tag: str, _attributes: dict[str, str]) -> None:
        self._count += 1
        self._length = 0
        if len(self._open) == _DEPTH or self._count > _ELEMENTS:
            what, most = ("depth", _DEPTH) if len(self._open) == _DEPTH else ("elements", _ELEMENTS)
            raise CapTooDetailed(what=what, most=most)
        element = _Element(tag)
        if self._open:
            self._open[-1].children.append(element)
        else:
            self.root = element
        self._open.append(element)

    def end(self, _tag: str) -> None:
        self._open.pop()
        self._length = 0

    def data(self, text: str) -> None:
        self._length += len(text)
        if self._length > _TEXT:
            raise CapTooDetailed(what=self._open[-1].name, most=_TEXT)
        self._open[-1].said.append(text)

    def close(self) -> _Element | None:
        return self.root


def read(data: bytes) -> Alert:
    """Raises what cap_errors.py calls CapTooLarge … CapElementWrong."""
    if len(data) > LARGEST:
        raise CapTooLarge(most=LARGEST)
    _insist_on_utf8(data)
    root = _parsed(data)
    if root.tag != f"{_OURS}alert":
        other = _OTHER_CAP.match(root.tag)
        raise CapVersion(version=other[1]) if other and root.name == "alert" else CapNotCap()
    _insist_on_bounds(root)
    return _made(Alert, root)


def _insist_on_utf8(data: bytes) -> None:
    """Other charsets are how a text passes one reader and means something else to the next."""
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        raise CapCharset() from None
    said = _ENCODING.match(data)
    if said is not None and said[1].lower() not in (b"utf-8", b"us-ascii"):
        raise CapCharset()


def _parsed(data: bytes) -> _Element:
    parser = DefusedXMLParser(target=_Builder(), forbid_dtd=True)
    try:
        parser.feed(data)
        root = parser.close()
    except (DTDForbidden, EntitiesForbidden, ExternalReferenceForbidden):
        raise CapDoctype() from None
    except ParseError as error:
        raise CapNotXml(line=error.position[0]) from None
    except (ValueError, LookupError):
        raise CapCharset() from None
    assert isinstance(root, _Element)
    return root


def _insist_on_bounds(root: _Element) -> None:
    counts = dict.fromkeys(MOST, 0)
    waiting = [root]
    while waiting:
        element = waiting.pop()
        waiting += element.children
        if element.name in counts:
            counts[element.name] += 1
    for name, most in MOST.items():
        if counts[name] > most:
            raise CapTooDetailed(what=name, most=most)


def _made(kind: type[T], element: _Element) -> T:
    """Its children in the order of the schema, each as often as it may stand."""
    if element.text.strip():
        raise CapElementWrong(element=element.name)
    children = [each for each in element.children if not (kind is Alert and _is_foreign(each))]
    said: dict[str, Any] = {}
    at = 0
    for each in fields(kind):  # type: ignore[arg-type]
        end = at
        while end < len(children) and children[end].tag == _OURS + message.element_of(each.name):
            end += 1
        if (value := _value(each, children[at:end])) is not None:
            said[each.name] = value
        at = end
    if at < len(children):
        raise CapElementWrong(element=children[at].name)
    return kind(**said)


def _is_foreign(element: _Element) -> bool:
    """A signature, which the schema lets follow. It is not verified: who brings an alert is known by their secret."""
    return not element.tag.startswith(_OURS)


def _value(of: "Field[Any]", found: Sequence[_Element]) -> Any:
    """None: it does not stand there, and need not."""
    many = of.default == () or str(of.type).startswith("tuple")
    needed = of.default is MISSING
    if (needed and not found) or (not many and len(found) > 1):
        raise CapElementWrong(element=message.element_of(of.name))
    values = tuple(_one(of.name, each) for each in found)
    return (values or None) if many else values[0] if values else None


def _one(name: str, element: _Element) -> Any:
    if name in _NESTED:
        return _made(_NESTED[name], element)
    if name in _PAIRS:
        return _pair(element)
    if element.children:
        raise CapElementWrong(element=element.name)
    return _checked(name, element.text, element.name)


def _pair(element: _Element) -> Pair:
    tags = [each.tag for each in element.children]
    if tags != [f"{_OURS}valueName", f"{_OURS}value"] or element.text.strip():
        raise CapElementWrong(element=element.name)
    if any(each.children for each in element.children):
        raise CapElementWrong(element=element.name)
    return Pair(*(each.text for each in element.children))


def _checked(name: str, text: str, element: str) -> str:
    good = True
    if name in CODES:
        good = text in CODES[name]
    elif name in TIMES:
        good = TIME.fullmatch(text) is not None and _is_a_moment(text)
    elif name in ("identifier", "sender"):
        good = NAME.fullmatch(text) is not None
    elif name == "language":
        good = LANGUAGE.fullmatch(text) is not None
    elif name in _NUMBERS:
        good = _NUMBERS[name].fullmatch(text) is not None
    if not good:
        raise CapElementWrong(element=element)
    return text


def _is_a_moment(text: str) -> bool:
    try:
        return 1900 <= message.moment(text).year <= 2200
    except ValueError:
        return False
