"""The engine of web push: what is sent is made in `encoder`, carried by `curl` or `plain`, and told in `answers`.

A message goes through `lanes` (one per push service, room kept for emergencies); `dispatch` moves batches through
them and brings outcomes back. All of it lives on the event loop, but for what says that it is another thread's.
"""
