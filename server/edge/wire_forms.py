"""What a form asks, as the routes take it: see wire.py."""

from typing import Annotated, Literal

import msgspec

from notices.forms.shape import Form, Option, Question

_Short = Annotated[str, msgspec.Meta(max_length=12)]
_Text = Annotated[str, msgspec.Meta(max_length=2_000)]


class _Asked(msgspec.Struct, rename="camel", forbid_unknown_fields=True, kw_only=True, frozen=True):
    """As wire.Wire, which holds a form."""


class OptionData(_Asked, kw_only=True, frozen=True):
    id: _Short
    text: _Text


class QuestionData(_Asked, kw_only=True, frozen=True):
    """`needed`: an answer without it is refused. A motion (`vote`) has no options of its own."""

    id: _Short
    asks: Literal["one", "many", "text", "vote"]
    text: _Text
    needed: bool = False
    options: Annotated[list[OptionData], msgspec.Meta(max_length=50)] = []


class FormData(_Asked, kw_only=True, frozen=True):
    """`per`: one answer for each household, or person. `secret`: nobody is told who answered what."""

    kind: Literal["attendance", "survey", "assembly"]
    per: Literal["household", "person"] = "household"
    secret: bool = False
    places: int | None = None
    questions: Annotated[list[QuestionData], msgspec.Meta(max_length=50)] = []

    def form(self) -> Form:
        questions = (
            Question(
                id=each.id,
                asks=each.asks,
                text=each.text,
                options=tuple(Option(option.id, option.text) for option in each.options),
                needed=each.needed,
            )
            for each in self.questions
        )
        return Form(self.kind, self.per, self.secret, self.places, tuple(questions))
