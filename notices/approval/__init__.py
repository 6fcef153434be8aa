"""A SECOND PERSON: nothing goes to the whole city that one person alone wanted.

Read in this order: `states` (PURE), `asking` (a clerk asks), `telling` (who is told, and how many it would reach is counted),
`deciding` (somebody else approves exactly that, or gives it back), `records` (what their phones hold).
"""
