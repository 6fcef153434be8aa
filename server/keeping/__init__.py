"""Keeping the house: backups and restores, the rotation of keys, the lock of the one writer."""
