"""Copies the client's libraries from node_modules to server/web/vendor, as the browser and the type checker want them.

    vendor/lit-html/lit-html.js   the renderer; its directives and what they import beside it
    vendor/idb.js                 idb's one ES module
    vendor/qr/index.js            makes QR codes; `decode.js` reads them from pixels, `dom.js` from a camera
    vendor/LICENSE.<package>      what their licences ask us to hand on

Beside each module stands a `.d.ts` that points back to the package in node_modules, so that `tsc` sees its types.
"""

import re
import shutil
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = (ROOT / "node_modules").resolve()
VENDOR = ROOT / "server" / "web" / "vendor"

DIRECTIVES = (
    "cache",
    "class-map",
    "guard",
    "if-defined",
    "keyed",
    "live",
    "ref",
    "repeat",
    "unsafe-html",
    "until",
)
IMPORT = re.compile(r'(?:from|import)\s*"(\.[^"]+)"')
# The maps are not copied: the line that names one would only make a 404 in every developer's console.
SOURCE_MAP = re.compile(r"^//# sourceMappingURL=.*\n?", re.MULTILINE)


def copy_module(source: Path, target: Path, specifier: str) -> str:
    """Copies one module with its types; gives its text. `specifier` is its name for an importer in Node."""
    text = SOURCE_MAP.sub("", source.read_text("utf-8"))
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text, "utf-8")
    target.with_suffix(".d.ts").write_text(f'export * from "{specifier}";\n', "utf-8")
    return text


def copy_lit_html() -> None:
    package = PACKAGES / "lit-html"
    waiting = [package / "lit-html.js", *(package / "directives" / f"{name}.js" for name in DIRECTIVES)]
    seen: set[Path] = set()
    while waiting:
        source = waiting.pop()
        if source in seen:
            continue
        seen.add(source)
        name = source.relative_to(package).as_posix()
        specifier = "lit-html" if name == "lit-html.js" else f"lit-html/{name}"
        text = copy_module(source, VENDOR / "lit-html" / name, specifier)
        waiting += [(source.parent / found).resolve() for found in IMPORT.findall(text)]


def main() -> None:
    shutil.rmtree(VENDOR, ignore_errors=True)
    copy_lit_html()
    copy_module(PACKAGES / "idb" / "build" / "index.js", VENDOR / "idb.js", "idb")
    for name in ("index", "decode", "dom"):
        copy_module(
            PACKAGES / "qr" / f"{name}.js",
            VENDOR / "qr" / f"{name}.js",
            "qr" if name == "index" else f"qr/{name}.js",
        )
    for package in ("lit-html", "idb", "qr"):
        shutil.copyfile(PACKAGES / package / "LICENSE", VENDOR / f"LICENSE.{package}")


if __name__ == "__main__":
    main()
