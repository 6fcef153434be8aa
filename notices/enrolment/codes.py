"""PURE: codes that people copy by hand, from a paper slip or from one screen to another.

A slip's code is 10 characters of Crockford's base 32 (no I, L, O, U): 9 random ones, 45 bits, and a check
character that finds every single wrong character and every swap of two neighbours before anything is looked up.
A printed sheet's has 6: it opens nothing, and only names a list to those who may see it.
A carry code is 6 digits, short because it lives for 10 minutes; what limits guessing it is in tickets.py.
"""

import random
import re
import unicodedata
from typing import Final

_ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_VALUE: Final = {char: value for value, char in enumerate(_ALPHABET)} | {"I": 1, "L": 1, "O": 0, "U": 27}
"""What people type for a character that looks like another is read as that one."""
SLIP: Final = 10
SHEET: Final = 6
"""Characters."""
_SEPARATORS: Final = re.compile(r"[\s.\-‐‑‒–—―−ー_・]+")


def new_code(source: random.Random, length: int = SLIP) -> str:
    """`source` is `secrets.SystemRandom()` but in tests."""
    values = [source.randrange(32) for _ in range(length - 1)]
    return "".join(_ALPHABET[value] for value in [*values, _check(values)])


def new_carry_code(source: random.Random) -> str:
    return f"{source.randrange(10**6):06}"


def new_number(source: random.Random) -> str:
    """The two digits by which a helper tells one phone from the next."""
    return f"{source.randrange(100):02}"


def shown(code: str) -> str:
    """`XXXXX-XXXXX` or `XXX-XXX`, as it is printed."""
    half = len(code) // 2
    return f"{code[:half]}-{code[half:]}"


def read_code(typed: str, length: int = SLIP) -> str | None:
    """The code meant by what was typed or scanned (an address with the code behind `#` too); None: mistyped."""
    text = _plain(typed.rpartition("#")[2])
    if len(text) != length or any(char not in _VALUE for char in text):
        return None
    values = [_VALUE[char] for char in text]
    return "".join(_ALPHABET[value] for value in values) if _check(values[:-1]) == values[-1] else None


def read_carry_code(typed: str) -> str | None:
    text = _plain(typed)
    return text if len(text) == 6 and text.isascii() and text.isdigit() else None


def read_mailed_code(typed: str) -> str | None:
    """Eight digits, however they are grouped (sign_in/asking.py)."""
    text = _plain(typed)
    return text if len(text) == 8 and text.isascii() and text.isdigit() else None


def _plain(typed: str) -> str:
    """Full-width letters, small letters, blanks and dashes of any kind are one way of writing."""
    return _SEPARATORS.sub("", unicodedata.normalize("NFKC", typed)).upper()


def _check(values: list[int]) -> int:
    """The value that makes the polynomial of all characters zero at x in GF(32) = GF(2)[x]/(x⁵+x²+1)."""
    total = 0
    for value in [*values, 0]:
        total = (total << 1 ^ (0b100101 if total & 16 else 0)) ^ value
    return total
