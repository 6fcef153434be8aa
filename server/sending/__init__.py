"""Web push leaves from a process of its own: sealing and libcurl take Python's lock from nobody who answers phones."""
