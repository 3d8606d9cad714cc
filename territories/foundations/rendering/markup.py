"""Building of HTML and SVG in which every text is escaped: the only place that makes markup."""

from collections.abc import Iterable

from markupsafe import Markup, escape

from territories.foundations.rendering.typography import printable

_VOID = ("img", "meta", "link", "br")


class Ours(str):
    """Markup that is not built by `element`: our own drawings and style sheets, never a text of a document."""

    __slots__ = ()

    def __html__(self) -> str:
        return str(self)


def element(name: str, /, *children: object, **attributes: object) -> Markup:
    """An element whose children and attributes are escaped unless already `Markup`.

    `class_` is written `class`, other underscores become hyphens; an attribute that is None or False is left out, True
    is written without a value.
    """
    written = Markup("")
    for key, value in attributes.items():
        label = key.rstrip("_").replace("_", "-")
        if value is True:
            written += Markup(" {}").format(label)
        elif value is not None and value is not False:
            written += Markup(' {}="{}"').format(label, text_markup(value))
    opening = Markup("<{}{}>").format(name, written)
    if name in _VOID:
        return opening
    return opening + Markup("").join(text_markup(child) for child in children) + Markup("</{}>").format(name)


def text_markup(value: object) -> Markup:
    return escape(value) if hasattr(value, "__html__") else escape(printable(str(value)))


def join(parts: Iterable[Markup]) -> Markup:
    """Elements one after the other."""
    return Markup("\n").join(parts)
