"""Whether the record of what officers did is whole, and the word of it that leaves the house every day.

Who holds the database can rewrite the whole chain and its head. They cannot rewrite what was mailed: checked against a
head that left, a rewritten past is found too.
"""
