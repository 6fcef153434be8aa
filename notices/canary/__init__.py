"""THE CANARY: a message of the house to itself, through the real channel, every five minutes. It must arrive.

It finds what no answer of a server tells: mail that is taken and thrown away, a webhook that leads nowhere, a worker
that stands still. Read in this order: `watch` (what its row means), `rounds` (who makes a round, what became of it),
`address` (how a mail says that it is one), `words` (what operators are told). It touches no notice, no person, no ledger.
"""
