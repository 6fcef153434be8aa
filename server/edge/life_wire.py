"""What the routes of homes take: see wire.py."""

from typing import Annotated

import msgspec

from server.edge.wire import Id, Wire

Text = Annotated[str, msgspec.Meta(max_length=400)]
"""A line of a form; what may stand in it is said by the domain."""


class NewPerson(Wire, kw_only=True, frozen=True):
    name: Text
    kana: Text = ""
    born: Text = ""
    """A year, or a date of which the year counts: `1950`, `昭和25年`."""
    phone: Text = ""
    mail: Text = ""


class NewHousehold(Wire, kw_only=True, frozen=True):
    """`arrival`: the people of that change, sent on by another association; else `people`."""

    id: Id
    block: Id
    walk: int | None = None
    name: Text = ""
    street: Text = ""
    paper: bool = False
    people: Annotated[list[NewPerson], msgspec.Meta(max_length=20)] = msgspec.field(default_factory=list)
    arrival: Id | None = None


class Joining(NewPerson, kw_only=True, frozen=True):
    """`id`: a second press makes nobody twice."""

    id: Id


class NewPeople(Wire, kw_only=True, frozen=True):
    people: Annotated[list[Joining], msgspec.Meta(max_length=20)]


class MoveOut(Wire, kw_only=True, frozen=True):
    people: list[Id] | None = None
    """None: the whole household."""
    to: Id | None = None
    """An association of the city."""


class Split(Wire, kw_only=True, frozen=True):
    id: Id
    people: list[Id]
    name: Text
    block: Id | None = None
    walk: int | None = None
    street: Text | None = None


class Merge(Wire, kw_only=True, frozen=True):
    into: Id


class Death(Wire, kw_only=True, frozen=True):
    person: Id
