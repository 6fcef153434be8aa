"""Delta sync for clients that are often offline. Scopes and records are opaque: nothing here knows an application.

A scope is a set of people who may see the same records, and every record has one home scope for ever. Whoever is
in a scope sees the same bytes, so what one may see is membership, which is passed in and never stored. The log
keeps one row per record, at the place (`seq`) of its last change; a client keeps a signed vector of such places, and
the server keeps nothing for it.

Read in this order:

    models      the tables, and what each column promises
    journal     what a transaction changes is written last, in the order of commits: `record`, `settle`; by `rows`
    cursor      what a client holds, in a string that only the server can write
    delta       how a page follows from what is held and what may be seen. Pure, and the heart of it
    pull        a page, with the rows it needs
    push        a device's mutations, each once, each on its own
    acks        what a device has shown to hold
    live        that something moved is told at once; what it is, a pull tells
    segments    large scopes in one piece; `snapshots` makes them
    manifest    the repair of a copy whose sums do not add up
    prune       deletions are collected by floor, 180 days old; answers and acknowledgements too
    epochs      a restore is noticed, and every client starts its copy afresh
    guard       what keeps writers honest; `pending` is what it looks at
    errors      each with its slug, and the reasons of `resync-required`

An application takes from here `Base`, `Change`, `ScopeKey`, `record` and `synced`, and for what it asks of its own tables
with every message `Question`, `ask` and `tell`; its edge takes the rest.
"""

from sync.guard import synced
from sync.journal import record
from sync.models import Base
from sync.pending import Change
from sync.questions import Question, ask, tell
from sync.scopes import ScopeKey

__all__ = ["Base", "Change", "Question", "ScopeKey", "ask", "record", "synced", "tell"]
