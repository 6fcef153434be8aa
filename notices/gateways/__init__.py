"""Signed calls to the machines of a city: what happened to a notice is a row, sent until taken or given up.

`calls`: which gateway is told what, claimed and settled. `payload`: what it is told, and the signature. The call itself
is in channels/gateway.py, the worker's part in server/work/gateways.py.
"""
