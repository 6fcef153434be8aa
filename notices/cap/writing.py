"""PURE: an alert → XML in UTF-8, its elements in the order of the schema. What `reading.read` makes of it is the same alert."""

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from typing import Any, Final
from xml.sax.saxutils import escape

from notices.cap.message import NAMESPACE, Alert, Pair, element_of

_HEAD: Final = '<?xml version="1.0" encoding="UTF-8"?>\n'


def written(alert: Alert) -> bytes:
    body = "".join(_children(alert, "  "))
    return f'{_HEAD}<alert xmlns="{NAMESPACE}">\n{body}</alert>\n'.encode()


def _children(of: Any, indent: str) -> Iterator[str]:
    for field in fields(of):
        value = getattr(of, field.name)
        name = element_of(field.name)
        for each in value if type(value) is tuple else () if value is None else (value,):
            yield f"{indent}<{name}>{_content(each, indent)}</{name}>\n"


def _content(value: Any, indent: str) -> str:
    if isinstance(value, Pair):
        inner = indent + "  "
        pair = f"<valueName>{_text(value.name)}</valueName>\n{inner}<value>{_text(value.value)}</value>"
        return f"\n{inner}{pair}\n{indent}"
    if is_dataclass(value):
        return f"\n{''.join(_children(value, indent + '  '))}{indent}"
    return _text(str(value))


def _text(text: str) -> str:
    # A bare carriage return is read as a newline (XML 1.0 §2.11).
    return escape(text, {"\r": "&#13;"})
