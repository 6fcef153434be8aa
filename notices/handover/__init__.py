"""Seats change hands, all of them in one transaction, for a day to come; and an association that has lost its officers."""
