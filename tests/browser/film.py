"""What a camera sees: pictures of screens as a film that Chromium takes for its camera (YUV4MPEG2)."""

from collections.abc import Sequence
from pathlib import Path

from PIL import Image, ImageFilter

SIZE = (1280, 720)
DESK = (120, 118, 112)


def camera_flags(film: Path) -> list[str]:
    return ["--use-fake-device-for-media-stream", f"--use-file-for-fake-video-capture={film}"]


def seen(screen: Image.Image, turned: float = 2.0) -> Image.Image:
    """A screen held before a camera: a little askew, not quite sharp, with the desk around it."""
    side = 680
    shown = screen.convert("RGB").resize(
        (side * screen.width // screen.height, side), Image.Resampling.BICUBIC
    )
    frame = Image.new("RGB", SIZE, DESK)
    frame.paste(shown, ((SIZE[0] - shown.width) // 2, (SIZE[1] - shown.height) // 2))
    askew = frame.rotate(turned, Image.Resampling.BICUBIC, fillcolor=DESK)
    return askew.filter(ImageFilter.GaussianBlur(0.6))


def film(path: Path, pictures: Sequence[Image.Image], rate: int = 4) -> Path:
    """`rate`: pictures per second; it begins anew at its end."""
    with path.open("wb") as out:
        out.write(f"YUV4MPEG2 W{SIZE[0]} H{SIZE[1]} F{rate}:1 Ip A1:1 C420\n".encode())
        for picture in pictures:
            planes = picture.convert("YCbCr").split()
            out.write(b"FRAME\n" + planes[0].tobytes())
            for plane in planes[1:]:
                out.write(plane.resize((SIZE[0] // 2, SIZE[1] // 2)).tobytes())
    return path
