"""PURE: how a notice is put into words for a mail, a lock screen, a page. No database, no clock, no network."""
