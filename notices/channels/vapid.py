"""Who we are, to a push service: a signed token per origin, kept for hours.

Sources: RFC 8292 §2 (aud, exp ≤ 24 h, sub); one fresh claims dict per token, because the libraries write into it.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from cryptography.hazmat.primitives.asymmetric import ec
from py_vapid import Vapid02

_LIFE: Final = timedelta(hours=12)
_KEPT: Final = timedelta(hours=6)


class Vapid:
    """`subject` is `mailto:…` or `https:…`: whom a push service may call. `now` is the clock."""

    def __init__(self, key: ec.EllipticCurvePrivateKey, subject: str, now: Callable[[], datetime]) -> None:
        # py_vapid would raise on a subject it dislikes, at each message; a push service answers 403, and is seen.
        self._signer = Vapid02(key, conf={"no-strict": True})
        self._subject, self._now = subject, now
        self._tokens: dict[str, tuple[datetime, str]] = {}

    def authorization(self, origin: str) -> str:
        """The Authorization header for this origin."""
        made, token = self._tokens.get(origin, (None, ""))
        now = self._now()
        if made is None or not timedelta(0) <= now - made < _KEPT:
            claims = {"aud": origin, "exp": int((now + _LIFE).timestamp()), "sub": self._subject}
            token = str(self._signer.sign(claims)["Authorization"])
            self._tokens[origin] = (now, token)
        return token
