"""Takes from package-lock.json what npm writes there and nobody installs: addresses where packages ask for money."""

import json
from pathlib import Path

LOCK = Path(__file__).parent.parent / "package-lock.json"

lock = json.loads(LOCK.read_text())
for package in lock["packages"].values():
    package.pop("funding", None)
LOCK.write_text(json.dumps(lock, indent=2, ensure_ascii=False) + "\n")
