"""PURE: many notices as one letter: a digest names each with its link, and says how long reading them takes."""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from notices.wording.behalf import OWN
from notices.wording.letter import Letter, deadline_of, heading, link_to
from notices.wording.words import words_of

DIGEST: Final = "digest"
_A_MINUTE: Final = 500
"""Characters that people read at leisure."""
_PUNCTUATION: Final = re.compile(r"([!-/:-@\[-`{-~])")


def bundle_of(letters: Sequence[Letter], *, origin: str, weekly: bool) -> Letter:
    """One letter for at least one, in the order given and in the language of the first. One alone stays as it is."""
    first = letters[0]
    if len(letters) == 1:
        return first
    words = words_of(first.lang)
    minutes = -(-sum(len(letter.body) for letter in letters) // _A_MINUTE)
    return replace(
        first,
        id=f"{DIGEST}-{first.id}",
        kind=DIGEST,
        title=words.bundle(weekly, len(letters), minutes),
        body="\n".join(_item(letter, origin) for letter in letters),
        deadline=None,
        files=(),
        corrected=False,
        refers_to="",
        step="first",
        whose=OWN,
    )


def _item(letter: Letter, origin: str) -> str:
    """A line of Markdown; what was written in a title is text and nothing else."""
    title = _PUNCTUATION.sub(r"\\\1", heading(letter))
    line = f"- [{title}]({link_to(origin, letter.id)})"
    deadline = deadline_of(letter)
    return f"{line}\n  {deadline}" if deadline else line
