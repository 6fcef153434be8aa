"""Delta sync for offline-first clients: scopes and records are opaque, nothing here knows a notice.

Read in this order: `journal` (what a transaction writes), `delta` (what a cursor means and how a page is
computed), `pull`, `push`, `guard` (what keeps writers honest).
"""

from sync.guard import synced
from sync.journal import Change, ScopeKey, record
from sync.models import Base

__all__ = ["Base", "Change", "ScopeKey", "record", "synced"]
