"""Settings: their names, defaults and help (`names`), what they must be (`rules`), where they come from (`reading`).

Sources, strongest first: environment `KAIRAN_…`, then `kairan.toml` in the working directory.
"""

from server.settings.names import Settings, WrongSetting
from server.settings.reading import load
from server.settings.rules import checked, listen_at, names_a_bucket

__all__ = ["Settings", "WrongSetting", "checked", "listen_at", "load", "names_a_bucket"]
