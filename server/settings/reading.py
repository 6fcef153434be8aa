"""Settings are read once, at the edge."""

import os
import tomllib
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from server.settings.names import Settings, WrongSetting
from server.settings.rules import checked


def load(environment: Mapping[str, str] = os.environ, file: Path = Path("kairan.toml")) -> Settings:
    """Raises WrongSetting."""
    given: dict[str, Any] = _from_file(file)
    known = {each.name for each in fields(Settings)}
    for name in given.keys() - known:
        raise WrongSetting(f"{file} has a setting that does not exist: {name}")
    for name in known:
        if (text := environment.get(f"KAIRAN_{name.upper()}")) is not None:
            given[name] = text
    values = {name: _typed(name, value) for name, value in given.items()}
    return checked(Settings(**values))


def _from_file(file: Path) -> dict[str, Any]:
    if not file.exists():
        return {}
    try:
        return tomllib.loads(file.read_text())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise WrongSetting(f"{file} cannot be read: {error}") from error


def _typed(name: str, value: Any) -> Any:
    kind = type(getattr(Settings, name))
    if kind is bool and isinstance(value, str):
        if value.lower() not in ("1", "0", "true", "false", "yes", "no", "on", "off"):
            raise WrongSetting(f"KAIRAN_{name.upper()} must be yes or no, not {value!r}")
        return value.lower() in ("1", "true", "yes", "on")
    try:
        return kind(value)
    except (TypeError, ValueError) as error:
        raise WrongSetting(f"KAIRAN_{name.upper()} must be a number, not {value!r}") from error
