"""Attachments: where their bytes lie (`store`, over a `folder` or a `bucket`), how a part of one is asked for
(`ranges`), and how one comes up in parts (`resumable`, `assembling`, `sweeping`). Who may read one: notices/attachments/files.py.
"""
