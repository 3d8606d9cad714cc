"""Specification -> SVG or PNG, by vl-convert, without a browser or the network; and the key under which to keep it.

The SVG can be put inline in several pages under a strict Content-Security-Policy: no style attribute, no script, no
external reference, identifiers prefixed by the key of the chart, a title and a description for screen readers.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from functools import cache
from typing import Any

import vl_convert
from lxml import etree

from territories.foundations.formats import NBSP, THIN
from territories.foundations.rendering.errors import RenderingError
from territories.foundations.rendering.fonts import TARGET, font_files
from territories.foundations.rendering.tokens import tokens_version
from territories.foundations.rendering.typography import printable

VEGA_LITE = "6.4"
# Grows when the drawing changes without the specification changing, so that kept files are drawn again.
DRAWING_VERSION = 1

SVG_NAMESPACE = "http://www.w3.org/2000/svg"
# Drawings never need entities, a DTD or the network.
_PARSER = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True, remove_pis=True)
_KEPT_STYLES = ("fill", "stroke", "opacity", "display", "font-weight", "font-style", "font-size")

_LOCALE = {
    "decimal": ",",
    "thousands": THIN,
    "grouping": [3],
    "currency": ["", f"{NBSP}€"],
    "percent": f"{NBSP}%",
    "minus": "\u2212",
}


def described(spec: Mapping[str, Any], *, title: str, sentence: str) -> dict[str, Any]:
    """The specification carrying its title and its sentence, which the drawing writes for screen readers."""
    return {**spec, "usermeta": {"title": printable(title), "sentence": printable(sentence)}}


def chart_key(spec: Mapping[str, Any]) -> str:
    """sha256 of the canonical JSON of a specification, the tokens and the drawing: the same key, the same SVG."""
    canonical = json.dumps(spec, sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(f"{DRAWING_VERSION}\n{tokens_version()}\n{canonical}".encode()).hexdigest()


@cache
def _prepare() -> None:
    font_files()
    vl_convert.register_font_directory(str(TARGET))


def _options() -> dict[str, Any]:
    return {"vl_version": VEGA_LITE, "format_locale": _LOCALE, "time_format_locale": "fr-FR", "allowed_base_urls": []}


def render_svg(spec: Mapping[str, Any]) -> str:
    """The SVG of a specification, made accessible and safe to inline. Raises RenderingError when it cannot be drawn,
    or when the font has not been built."""
    _prepare()
    try:
        raw = vl_convert.vegalite_to_svg(dict(spec), **_options())
    except ValueError as error:
        raise RenderingError("Le graphique n’a pas pu être dessiné : sa description est refusée.") from error
    meta = spec.get("usermeta", {})
    return clean_svg(raw, prefix=f"g{chart_key(spec)[:10]}", title=meta.get("title", ""), description=meta.get("sentence", ""))


def render_png(spec: Mapping[str, Any], scale: float = 2.0) -> bytes:
    """The PNG of a specification, `scale` pixels per unit, on a white ground. Raises RenderingError as `render_svg`."""
    _prepare()
    white = {**spec, "config": {**spec.get("config", {}), "background": "#ffffff"}}
    try:
        return vl_convert.vegalite_to_png(white, scale=scale, **_options())
    except ValueError as error:
        raise RenderingError("Le graphique n’a pas pu être dessiné : sa description est refusée.") from error


def svg_to_png(svg: str, scale: float = 2.0) -> bytes:
    """The PNG of an SVG of ours (a map) on a white ground. Raises RenderingError when it is not valid."""
    _prepare()
    svg = re.sub(r"(<svg[^>]*>)", r'\1<rect width="100%" height="100%" fill="#ffffff"/>', svg, count=1)
    try:
        return vl_convert.svg_to_png(svg, scale=scale)
    except ValueError as error:
        raise RenderingError("La carte n’a pas pu être convertie en image.") from error


def clean_svg(raw: str, *, prefix: str, title: str, description: str) -> str:
    """An SVG made safe and accessible: see the module. Raises RenderingError when it is not well-formed XML.

    A style declaration that has an attribute of the same name becomes it; others are dropped.
    """
    try:
        root = etree.fromstring(raw.encode(), _PARSER)
    except etree.XMLSyntaxError as error:
        raise RenderingError("Le dessin produit n’est pas un SVG valide.") from error
    renamed = {e.get("id"): f"{prefix}-{rank}" for rank, e in enumerate(e for e in root.iter() if e.get("id"))}
    for parent in list(root.iter()):
        for child in list(parent):
            # An entity or a comment has no name; ours have none.
            if not isinstance(child.tag, str) or etree.QName(child).localname in (
                "script",
                "foreignObject",
                "style",
                "image",
                "a",
            ):
                parent.remove(child)
    for element in root.iter():
        _clean_attributes(element, renamed)
    root.set("role", "img")
    root.set("focusable", "false")
    for rank, (name, text) in enumerate((("title", title), ("desc", description))):
        if text:
            child = etree.Element(f"{{{SVG_NAMESPACE}}}{name}")
            child.text = text
            root.insert(rank, child)
    if title:
        root.set("aria-label", title)
    etree.cleanup_namespaces(root)
    return str(etree.tostring(root, encoding="unicode"))


def _clean_attributes(element: etree._Element, renamed: Mapping[str | None, str]) -> None:
    style = element.attrib.pop("style", "")
    for declaration in style.split(";"):
        name, _, value = (part.strip() for part in declaration.partition(":"))
        if name in _KEPT_STYLES and name not in element.attrib:
            element.set(name, value)
    for name in list(element.attrib):
        local = name.rpartition("}")[2]
        if local in ("class", "role", "href") or local.startswith(("aria-", "on")):
            del element.attrib[name]
        elif local == "id":
            element.set(name, renamed[element.get(name)])
        elif "url(" in element.attrib[name]:
            element.set(name, _renamed_reference(element.attrib[name], renamed))


def _renamed_reference(value: str, renamed: Mapping[str | None, str]) -> str:
    """`url(#clip0)` with the new identifier; a reference to anything but an element of this drawing becomes `none`."""
    found = re.fullmatch(r"""url\(["']?#([^"')]+)["']?\)""", value.strip())
    return f"url(#{renamed[found[1]]})" if found and found[1] in renamed else "none"


def inline_copy(svg: str, rank: int) -> str:
    """The same drawing for a second place in a page: its identifiers get a suffix, so none occurs twice."""
    return re.sub(r'(id="|url\(#)([^")]+)', rf"\1\2-{rank}", svg)
