"""The roster of an association: a spreadsheet in and out, compared with what is on file, applied whole or not at all.

Read in this order: `sheet` (the file), `rows` (what it says), `comparing` (against `on_file`), `importing`.
"""

from notices.roster.importing import Report, apply, export

__all__ = ["Report", "apply", "export"]
