"""What must not reach a log: the token of a link that opens an account."""

import logging
import re

_LINK = re.compile(r"(/mot-de-passe/choisir/)[^\s\"'?]+")


class LinkMask(logging.Filter):
    """Put on the handler, it sees the records of every logger. Keeps each record, without the token."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg = _masked(record.msg)
        if isinstance(record.args, tuple):
            record.args = tuple(_masked(argument) for argument in record.args)
        return True


def _masked(value: object) -> object:
    return _LINK.sub(r"\1…", value) if isinstance(value, str) else value
