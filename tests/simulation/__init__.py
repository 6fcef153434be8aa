"""Distribution under a virtual clock with seeded faults: publish, plan, send, settle, as it runs, and a checker beside it.

    python -m tests.simulation SEED …        replays seeds, and says what each did

Read in this order: `virtual` (time that jumps), `process` (what dies and stalls), `inline` (the database without a
thread), `towns`, `transports` (what lies and drips), `world` (one run), `checker` (what must hold), `planted` (whether
it finds anything).
"""
