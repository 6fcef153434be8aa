"""A MESSAGE IS DELIVERED here: claimed in a short transaction, sent with no session in sight, settled in another.

The ledger is the queue. A claim is a lease with a fence (worker and attempt): a worker that wakes too late settles
nothing. Read in this order: `in_hand` (what a worker holds), `lanes` (which destinations are open), `claim` (who takes
what), `ready` (looked at again), `letters` (what leaves), `settle` (what became of it, what a dead worker left behind).
"""

from notices.deliver.claim import claim
from notices.deliver.fence import cross, renew
from notices.deliver.in_hand import Claim, Moment, lease
from notices.deliver.lanes import Opening, open_lanes
from notices.deliver.letters import Office
from notices.deliver.ready import Batch, part, ready
from notices.deliver.settle import recover, settle

__all__ = [
    "Batch",
    "Claim",
    "Moment",
    "Office",
    "Opening",
    "claim",
    "cross",
    "lease",
    "open_lanes",
    "part",
    "ready",
    "recover",
    "renew",
    "settle",
]
