"""Pictures of the screens, small enough for a repository."""

import os
from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.async_api import Page


def album(otherwise: Path) -> Path:
    """Where they go: the folder KAIRAN_SCREENS names, or one that is thrown away."""
    folder = Path(os.environ.get("KAIRAN_SCREENS") or otherwise)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


async def take(page: Page, path: Path) -> None:
    await page.evaluate("document.fonts.ready")
    raw = await page.screenshot(animations="disabled", caret="hide")
    with Image.open(BytesIO(raw)) as picture:
        picture.convert("RGB").quantize(64).save(path, optimize=True)
