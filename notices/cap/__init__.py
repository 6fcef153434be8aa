"""ALERTS OF OTHERS, AND OURS FOR OTHERS, in the Common Alerting Protocol 1.2 (OASIS, ITU-T X.1303).

Read in this order: `message` (PURE: what an alert is), `reading` and `writing` (PURE: to and from XML), `judging` (PURE: whether
it concerns us), `drafting` (PURE: what it becomes), `taking` (← AN ALERT COMES IN), `rules` (which are sent by themselves),
`outgoing` (our own notices as alerts), `sources` (who may bring some).
"""
