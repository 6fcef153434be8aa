"""PURE: current alerts as an Atom feed (RFC 4287), each with a link to itself."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from xml.sax.saxutils import escape, quoteattr

from notices.cap.judging import main_info
from notices.cap.message import Alert
from notices.tokyo import wire

MEDIA_TYPE: Final = "application/atom+xml"
ALERT_TYPE: Final = "application/cap+xml"


def feed_of(alerts: Sequence[tuple[Alert, datetime]], address: str, began: datetime) -> bytes:
    """`address`: of the feed itself; `began`: what it says was changed last where it is empty."""
    updated = max((at for _, at in alerts), default=began)
    entries = "".join(_entry(alert, at, address) for alert, at in alerts)
    head = (
        f"<id>{escape(address)}</id>\n<title>緊急のお知らせと訓練（CAP 1.2）</title>\n"
        f"<updated>{wire(updated)}</updated>\n"
        f'<link rel="self" type={quoteattr(MEDIA_TYPE)} href={quoteattr(address)}/>\n'
    )
    feed = f'<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="ja">\n{head}{entries}</feed>\n'
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{feed}'.encode()


def _entry(alert: Alert, at: datetime, address: str) -> str:
    info = main_info(alert)
    assert info is not None
    href = f"{address.partition('?')[0]}/{alert.identifier.partition('.')[2]}"
    return (
        f"<entry>\n<id>{escape(href)}</id>\n<title>{escape(info.headline or info.event)}</title>\n"
        f"<updated>{wire(at)}</updated>\n<author><name>{escape(info.sender_name or alert.sender)}</name></author>\n"
        f"<category term={quoteattr(alert.status)}/>\n<category term={quoteattr(alert.msg_type)}/>\n"
        f"<summary>{escape(info.description or '')}</summary>\n"
        f'<link rel="alternate" type={quoteattr(ALERT_TYPE)} href={quoteattr(href)}/>\n</entry>\n'
    )
