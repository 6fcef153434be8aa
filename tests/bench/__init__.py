"""Measurements. They are told, never asserted: a figure belongs to the machine and the hour it was taken on."""
