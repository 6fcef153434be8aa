"""WHAT COMES BACK: mail that could not be delivered, and people who call it spam.

Read in this order: `return_path` (how a bounce says of which message it is, and nobody else can), `mime` and `reading`
(what it says, read within bounds), `ingest` (what becomes of the message), `counting` (the rules applied to a
mailbox), `rules` (when a mailbox is written to no more).
"""
