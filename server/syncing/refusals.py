"""What a phone is told of a mutation that was refused: a code for its program, a sentence for its owner."""

from collections.abc import Mapping

from notices.errors import KairanError, NotAllowed, NotFound
from sync.push import FAILED

CODES: Mapping[type[KairanError], str] = {NotAllowed: "no-longer-officer", NotFound: "unknown-notice"}
"""Where a slug of HTTP would say less than the protocol's word."""


def refuse(error: Exception) -> str | None:
    """Whatever the domain refuses is final; everything else is our trouble, and comes again."""
    return code(error) if isinstance(error, KairanError) else None


def code(error: KairanError) -> str:
    return next((code for kind, code in CODES.items() if isinstance(error, kind)), error.slug)


def sentence(code: str) -> str:
    for kind, word in CODES.items():
        if word == code:
            return kind.ja
    if code == FAILED:
        return (
            "こちらの不具合で、受け付けることができませんでした。画面を開きなおして、もう一度お試しください。"
        )
    for error in _every(KairanError):
        if error.slug == code and "{" not in error.ja:
            return error.ja
    return "送ったものは受け付けられませんでした。画面を開きなおしてください。"


def _every(root: type[KairanError]) -> list[type[KairanError]]:
    return [found for each in root.__subclasses__() for found in [each, *_every(each)]]
