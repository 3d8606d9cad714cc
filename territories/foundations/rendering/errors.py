"""The one exception of the rendering brick."""


class RenderingError(Exception):
    """A document, chart or map cannot be produced; its text is a French sentence that may be shown as it is."""
