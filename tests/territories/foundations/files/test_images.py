"""Logos sent by people: only pixels are kept, and nothing that could fill the memory or run."""

import io
import struct
import zlib

import pytest
from PIL import Image, ImageFile
from PIL.PngImagePlugin import PngInfo

from territories.foundations.files.images import LARGEST_SIDE, LEAST_SIDE, MOST_BYTES, MOST_PIXELS, ImageRefused, clean_png


def picture(size: tuple[int, int] = (120, 60), form: str = "PNG", mode: str = "RGB", **options: object) -> bytes:
    written = io.BytesIO()
    Image.new(mode, size, "red").save(written, form, **options)
    return written.getvalue()


def opened(content: bytes) -> Image.Image:
    return Image.open(io.BytesIO(content), formats=["PNG"])


def bomb(width: int, height: int) -> bytes:
    """A PNG of some hundred bytes that announces any size, with sound checksums."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0" * 1000)) + chunk(b"IEND", b"")


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP"])
def test_each_accepted_form_becomes_a_png(form):
    cleaned = clean_png(picture(form=form))
    with opened(cleaned) as found:
        assert found.format == "PNG"
        assert found.size == (120, 60)


def test_nothing_but_pixels_is_kept():
    exif = Image.Exif()
    exif[0x010E] = "SECRET-DESCRIPTION"
    # Turned by a quarter: the orientation is applied, then forgotten.
    exif[0x0112] = 6
    cleaned = clean_png(picture(form="JPEG", exif=exif, comment=b"SECRET-COMMENT"))
    assert b"SECRET" not in cleaned
    with opened(cleaned) as found:
        assert found.size == (60, 120)
        assert not found.getexif()
    notes = PngInfo()
    notes.add_text("Author", "SECRET-AUTHOR", zip=True)
    with opened(clean_png(picture(pnginfo=notes))) as found:
        assert found.text == {}


def test_transparency_is_kept():
    with opened(clean_png(picture(mode="RGBA"))) as found:
        assert found.mode == "RGBA"
    with opened(clean_png(picture(mode="P", transparency=0))) as found:
        assert found.mode == "RGBA"


@pytest.mark.parametrize(
    ("size", "kept"),
    [((1600, 800), (1600, 800)), ((1601, 100), (1600, 100)), ((3200, 1600), (1600, 800)), ((100, 2000), (80, 1600))],
)
def test_a_large_picture_is_reduced(size, kept):
    with opened(clean_png(picture(size))) as found:
        assert found.size == kept
        assert max(found.size) <= LARGEST_SIDE


def test_the_limits_are_exact():
    with pytest.raises(ImageRefused, match="trop petite"):
        clean_png(picture((200, LEAST_SIDE - 1)))
    clean_png(picture((200, LEAST_SIDE)))
    heavy = picture() + b"\0" * MOST_BYTES
    with pytest.raises(ImageRefused, match="2\u00a0Mo"):
        clean_png(heavy)


@pytest.mark.parametrize("size", [(100_000, 100_000), (5001, 5000), (2**31 - 1, 1), (MOST_PIXELS + 1, 1)])
def test_a_bomb_is_refused_before_it_is_decoded(size):
    with pytest.raises(ImageRefused, match="millions de pixels"):
        clean_png(bomb(*size))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"bonjour",
        b"GIF89a" + b"\0" * 20,
        b"%PDF-1.7",
        b"<html><script>alert(1)</script>",
        b"\x89PNG\r\n\x1a\n",
        picture()[:60],
        picture(form="JPEG")[:200],
        b"RIFF\x10\x00\x00\x00WEBPVP8 ",
        bomb(300, 300),
    ],
)
def test_what_is_no_sound_picture_is_refused_in_words(content, monkeypatch):
    # As another library of the process leaves it.
    monkeypatch.setattr(ImageFile, "LOAD_TRUNCATED_IMAGES", True)
    with pytest.raises(ImageRefused, match=r"[Ii]mage"):
        clean_png(content)


@pytest.mark.parametrize(
    "content", [b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"<?xml version='1.0'?><svg:svg xmlns:svg='x'/>"]
)
def test_a_vector_drawing_is_refused_with_what_to_do(content):
    with pytest.raises(ImageRefused, match="Exportez le logo en PNG"):
        clean_png(content)
