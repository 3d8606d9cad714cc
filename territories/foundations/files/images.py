"""Pictures that people send, made harmless: read, turned upright, and written again as a PNG that holds nothing but pixels."""

import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from typing import Final

from PIL import Image, ImageFile, ImageOps, UnidentifiedImageError

from territories.foundations.files.sniffing import JPEG, PNG, SVG, WEBP, XML, content_type_of
from territories.foundations.formats import nombre

MOST_BYTES: Final = 2 * 1024 * 1024
MOST_PIXELS: Final = 25_000_000
LARGEST_SIDE: Final = 1600
LEAST_SIDE: Final = 16
_FORMATS: Final = {PNG: "PNG", JPEG: "JPEG", WEBP: "WEBP"}


class ImageRefused(Exception):
    """The picture cannot be kept. Its text is the French sentence to show."""


def clean_png(content: bytes) -> bytes:
    """The same picture as a PNG of at most LARGEST_SIDE pixels a side, without metadata (EXIF, comments, profiles).

    Reads PNG, JPEG and WebP of at most MOST_BYTES; of an animation, the first image. Raises ImageRefused. The size announced is
    checked before a single pixel is decoded: a small file can claim billions of them.
    """
    if len(content) > MOST_BYTES:
        raise ImageRefused("L’image dépasse 2\u00a0Mo. Réduisez-la, puis recommencez.")
    kind = content_type_of(content)
    if kind in (SVG, XML):
        raise ImageRefused(
            "Un SVG peut contenir un programme\u00a0: il n’est pas accepté. Exportez le logo en PNG depuis votre logiciel de "
            "dessin, sur fond transparent et d’au moins 800 pixels de large."
        )
    if kind not in _FORMATS:
        raise ImageRefused("Ce fichier n’est pas une image acceptée. Envoyez un PNG, un JPEG ou un WebP.")
    try:
        with _whole_files_only(), warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            return _written_again(content, _FORMATS[kind])
    except ImageRefused:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning, MemoryError) as error:
        raise ImageRefused(_too_many()) from error
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, EOFError, IndexError, ZeroDivisionError) as error:
        raise ImageRefused("Cette image est abîmée\u00a0: ouvrez-la, enregistrez-la de nouveau, puis recommencez.") from error


_lock = Lock()


@contextmanager
def _whole_files_only() -> Iterator[None]:
    """Pillow keeps for the whole process whether a truncated picture is completed, and WeasyPrint sets it so."""
    with _lock:
        before = ImageFile.LOAD_TRUNCATED_IMAGES
        ImageFile.LOAD_TRUNCATED_IMAGES = False
        try:
            yield
        finally:
            ImageFile.LOAD_TRUNCATED_IMAGES = before


def _too_many() -> str:
    return f"L’image a plus de {nombre(MOST_PIXELS // 1_000_000)} millions de pixels. Réduisez-la, puis recommencez."


def _written_again(content: bytes, form: str) -> bytes:
    with Image.open(io.BytesIO(content), formats=[form]) as announced:
        width, height = announced.size
        if width * height > MOST_PIXELS:
            raise ImageRefused(_too_many())
        if min(width, height) < LEAST_SIDE:
            raise ImageRefused(f"L’image est trop petite\u00a0: {LEAST_SIDE} pixels de côté au moins.")
        announced.verify()
    # A verified image must be opened again to be read.
    with Image.open(io.BytesIO(content), formats=[form]) as read:
        upright = ImageOps.exif_transpose(read)
        clear = "A" in upright.mode or "transparency" in upright.info
        pixels = upright.convert("RGBA" if clear else "RGB")
    pixels.thumbnail((LARGEST_SIDE, LARGEST_SIDE))
    # A new image, so that no information of the old one follows.
    fresh = Image.new(pixels.mode, pixels.size)
    fresh.paste(pixels)
    written = io.BytesIO()
    fresh.save(written, "PNG", optimize=True)
    return written.getvalue()
