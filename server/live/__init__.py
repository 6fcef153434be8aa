"""Live connections: a phone holds a line open and is told that something moved, within milliseconds of the commit.

`exchange` knows who is on the line and may hear what; `lines` is one open line; `sockets` takes it from the web
server; `notifier` tells the other processes on PostgreSQL; `waiting` is for phones that cannot hold a line.
"""
