"""Where mail that could not be delivered comes in: our own small mail server. It takes, and never sends.

The webhook beside it is server/routes/bounces.py; both end in notices/bounces/ingest.py, by `taking`.
"""
