"""The processes of the house: how one starts, what it insists on, how commands talk to it, what it logs."""
