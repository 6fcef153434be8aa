"""WHEN IT MATTERS: emergencies, exercises and safety checks, which go to the homes themselves and are held by nothing.

Read in this order: `kinds` (PURE: what each kind is), `chain` (PURE: what may follow what), `follow_ups` (the same, of rows),
`sending` (written and sent), `alone` (the way out at night), `templates` (prepared texts), `exercises` (how they went).
"""
