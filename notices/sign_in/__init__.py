"""A way in by mail: eight digits to an address that is known, for whoever holds no seat of the city.

Read in this order: `asking` (a request writes the same whether the address is known or not), `mailing` (the worker finds
whose it is, and what the mail says), `confirming` (a guess is counted, then looked at; whoever has it right comes in).
"""
