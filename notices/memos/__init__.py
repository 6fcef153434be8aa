"""Memos: what the house has to say to one person and what is no notice. A memo is a message like others (lanes, leases, the
fence), and a row `memo` instead of a delivery; both are written at once. Its words are made as it leaves, by the room that
it is about, which also says whether it is still to leave.
"""
