"""LIFE OF A TOWN: people move in, move on, part, come together, die; each is an operation with a name and a defined effect.

Read in this order: `changes` (what would change, collected), `ending` and `walking` (steps that a roster takes too), `scene`
(what an operation sees, and how it ends), then `leaving`, `moving`, `sharing_a_home`, `arriving`; `undoing` takes back.
"""
