"""Mistakes that an implementation of this protocol makes, planted on purpose to see whether the tests find them.

Each is a small patch of the real code in the process that plants it, at names that are meant to last. A patch whose
target is gone raises AttributeError: a fault that no longer changes anything would look as if it had been caught.
`python -m tests.laws.toyserver --fault NAME` plants one in a server. They stand in `faults` and `faults_beside`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any

Fault = Callable[[], None]
_FAULTS: dict[str, Fault] = {}


def fault(plant: Fault) -> Fault:
    _FAULTS[plant.__name__.replace("_", "-")] = plant
    return plant


def faults() -> Mapping[str, Fault]:
    for module in ("faults", "faults_beside"):
        import_module(f"tests.laws.{module}")
    return _FAULTS


def plant(name: str) -> None:
    """For the rest of this process's life."""
    faults()[name]()


def replace(place: Any, name: str, make: Callable[[Any], Any]) -> None:
    """`make` gets what stood there, which must be something."""
    setattr(place, name, make(getattr(place, name)))
