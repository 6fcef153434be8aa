"""City circulars: `sending` (the one way out), `passage` (PURE: received, forwarded, declined), `forwarding` (what an
association does with one), `following` (corrections and withdrawals reach the copies), `counting` and `load` (what the
clerk sees), `nudges` (officers are told that one waits), `records` (what phones hold of it)."""
