"""What sync costs, beside what others cost, in one run on one machine.

A module of measurements offers `async def rows(lab: Lab) -> list[Row]`, and is named in `__main__.MODULES`.
Our server and its peers are real processes, asked over loopback by one and the same program (`load`).
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table. `ratio` is of `ours` to `peer`; `met` is None where there is no bar."""

    name: str
    ours: float
    peer: float | None
    unit: str
    ratio: float | None
    bar: str
    met: bool | None


def at_least(name: str, ours: float, peer: float, unit: str, bar: float) -> Row:
    """More is better: `ours` must be `bar` times what the peer does, or more."""
    ratio = ours / peer if peer else 0.0
    return Row(name, ours, peer, unit, ratio, f"≥ {bar:g} ×", ratio >= bar)


def no_more(name: str, ours: float, unit: str, bar: float) -> Row:
    """Less is better, and the bar is a figure of its own."""
    return Row(name, ours, None, unit, None, f"≤ {bar:g} {unit}", ours <= bar)


def no_less(name: str, ours: float, unit: str, bar: float) -> Row:
    """More is better, and the bar is a figure of its own."""
    return Row(name, ours, None, unit, None, f"≥ {bar:g} {unit}", ours >= bar)


def told(name: str, ours: float, unit: str, peer: float | None = None) -> Row:
    """Without a bar: for whoever wants to know."""
    return Row(name, ours, peer, unit, ours / peer if peer else None, "", None)
