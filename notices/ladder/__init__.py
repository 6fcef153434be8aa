"""THE LADDER: push, push again, mail, LINE, the walking list, the residual list; it stops at the first proof.

A rung is a due row per notice and household, so that all of it survives restarts. Read in this order: `steps` (which
follows which; pure), `beginning` (what starts and ends one), `climbing` (rungs are taken, many at once).
"""
