"""PURE: what a gateway is told, and how it knows that it was us. docs/gateways.md says it to those who receive it."""

import hmac
import json
from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from typing import Any

from notices.tokyo import wire
from notices.wording.letter import link_to
from notices.wording.marks import marked, opened
from notices.wording.text import plain_of


def told(
    *,
    delivery: str,
    event: str,
    said: Mapping[str, Any] | None,
    revision: int,
    association: Mapping[str, str] | None,
    origin: str,
    at: datetime,
) -> bytes:
    """The body. `said`: the notice's id, kind, topic, urgency, title, body, publishedAt and deadline; None: a test.

    A machine reads aloud what it is given, without asking for the kind: the marks are in the words.
    """
    facts: dict[str, Any] = {"delivery": delivery, "event": event, "at": wire(at), "revision": revision}
    if said is not None:
        facts |= said
        facts |= _marked(said, said, "ja")
        facts["translations"] = {
            lang: _marked(said, each, lang) for lang, each in said.get("translations", {}).items()
        }
        facts["text"] = plain_of(facts["body"])
        facts["exercise"] = said["kind"] == "exercise"
        facts["link"] = link_to(origin, said["id"])
        facts["association"] = association
    return json.dumps(facts, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def _marked(said: Mapping[str, Any], text: Mapping[str, str], lang: str) -> dict[str, str]:
    kind = said["kind"]
    title = marked(kind, text["title"], lang, said.get("step", "first"))
    return {"title": title, "body": opened(kind, text["body"], lang)}


def headers(secret: str, body: bytes, event: str, delivery: str, at: datetime) -> dict[str, str]:
    """`Kairan-Signature`: HMAC-SHA-256, in hexadecimal, of the timestamp, a dot, and the body as it is sent."""
    timestamp = str(int(at.timestamp()))
    return {
        "Content-Type": "application/json; charset=utf-8",
        "User-Agent": "Kairan",
        "Kairan-Event": event,
        "Kairan-Delivery": delivery,
        "Kairan-Timestamp": timestamp,
        "Kairan-Signature": f"v1={signature(secret, timestamp, body)}",
    }


def signature(secret: str, timestamp: str, body: bytes) -> str:
    return hmac.new(secret.encode(), timestamp.encode() + b"." + body, sha256).hexdigest()
