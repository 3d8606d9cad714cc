"""Keeping a file for good: random name on disk, whole or not at all, known by the sha256 of its bytes."""

import hashlib
import logging
import os
import re
import unicodedata
import uuid
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from django.core.files import File
from django.core.files.base import ContentFile
from django.core.files.storage import Storage, default_storage
from django.db import transaction
from django.db.models import ProtectedError, RestrictedError
from django.utils import timezone

from territories.foundations.files.models import StoredFile
from territories.foundations.files.sniffing import EXTENSIONS, TEXT, UNKNOWN, content_type_of

if TYPE_CHECKING:
    from django.contrib.auth.base_user import AbstractBaseUser
    from django.contrib.auth.models import AnonymousUser

logger = logging.getLogger(__name__)

FOLDER = "fichiers"
ORPHAN_HOURS = 24
_CHUNK = 1024 * 1024
_NAME_LENGTH = 150
# Types that several endings may carry without lying.
_FREE_TYPES = frozenset({TEXT, UNKNOWN})
_RISKY_ENDINGS = (
    ".html",
    ".htm",
    ".xhtml",
    ".svg",
    ".xml",
    ".js",
    ".exe",
    ".bat",
    ".cmd",
    ".com",
    ".scr",
    ".msi",
    ".vbs",
    ".lnk",
)


def store(source: Path | bytes, *, name: str, by: "AbstractBaseUser | AnonymousUser | None" = None) -> StoredFile:
    """Keeps a copy of the bytes and gives its row. `name` is only what people will see; the type comes from the bytes.

    The file is whole on the disk before its row exists: a crash in between leaves a file without a row, which the daily
    purge removes, never a row without its file. Raises OSError when the disk is full, and then leaves nothing.
    """
    content_type = content_type_of(source)
    sha256, size = _measure(source)
    path = f"{FOLDER}/{timezone.now():%Y/%m}/{uuid.uuid4().hex}{EXTENSIONS[content_type]}"
    saved = _keep(default_storage, path, source)
    try:
        return StoredFile.objects.create(
            file=saved,
            name=display_name(name, content_type),
            content_type=content_type,
            size=size,
            sha256=sha256,
            created_by_id=by.pk if by is not None and by.is_authenticated else None,
        )
    except BaseException:
        default_storage.delete(saved)
        raise


def remove(stored: StoredFile) -> bool:
    """Erases the row, then the file once that is committed. False when another row protects it: nothing is erased then."""
    path = stored.file.name
    try:
        with transaction.atomic():
            stored.delete()
            if path:
                transaction.on_commit(lambda: default_storage.delete(path), robust=True)
    except (ProtectedError, RestrictedError):
        return False
    return True


def remove_orphans() -> int:
    """Erases files of this month and the last that have stood for a day without a row: what a crash left. Counts them."""
    now = timezone.now()
    gone = 0
    for month in {f"{moment:%Y/%m}" for moment in (now, now.replace(day=1) - timedelta(days=1))}:
        folder = f"{FOLDER}/{month}"
        try:
            names = default_storage.listdir(folder)[1]
        except OSError:
            # Nothing was stored that month.
            continue
        paths = {f"{folder}/{name}" for name in names}
        known = set(StoredFile.objects.filter(file__startswith=folder).values_list("file", flat=True))
        for path in paths - known:
            if default_storage.get_modified_time(path) < now - timedelta(hours=ORPHAN_HOURS):
                default_storage.delete(path)
                gone += 1
    if gone:
        logger.info("Fichiers sans propriétaire effacés : %s", gone)
    return gone


def display_name(name: str, content_type: str) -> str:
    """A name fit for a download: no folder, no control character, the ending of its true type, at most 150 characters."""
    name = unicodedata.normalize("NFC", name).replace("\\", "/").rsplit("/", 1)[-1]
    name = "".join(" " if unicodedata.category(character)[0] in "CZ" else character for character in name)
    name = re.sub(r"\s+", " ", re.sub(r'[<>:"|?*]', "-", name)).strip(" .")
    ending = EXTENSIONS[content_type]
    stem, dot, last = name.rpartition(".")
    if content_type in _FREE_TYPES:
        risky = name.lower().endswith(_RISKY_ENDINGS)
        keeps = bool(stem) and bool(re.fullmatch(r"[A-Za-z0-9]{1,8}", last)) and not risky
    else:
        keeps = bool(stem) and f"{dot}{last}".lower() in (ending, ".jpeg" if ending == ".jpg" else ending)
    if keeps:
        return f"{stem[: _NAME_LENGTH - len(last) - 1]}.{last}"
    return f"{name[: _NAME_LENGTH - len(ending)] or 'fichier'}{ending}"


def _chunks(source: Path | bytes) -> Iterator[bytes]:
    if isinstance(source, bytes):
        yield source
        return
    with source.open("rb") as stream:
        while chunk := stream.read(_CHUNK):
            yield chunk


def _measure(source: Path | bytes) -> tuple[str, int]:
    digest, size = hashlib.sha256(), 0
    for chunk in _chunks(source):
        digest.update(chunk)
        size += len(chunk)
    return digest.hexdigest(), size


def _keep(storage: Storage, path: str, source: Path | bytes) -> str:
    """Writes the bytes under `path` and gives the name really taken."""
    try:
        final = Path(storage.path(path))
    except NotImplementedError:
        # An object storage shows a file only once it is whole.
        if isinstance(source, bytes):
            return storage.save(path, ContentFile(source))
        with source.open("rb") as stream:
            return storage.save(path, File(stream))
    final.parent.mkdir(parents=True, exist_ok=True)
    unfinished = final.with_name(f".{final.name}.part")
    try:
        with unfinished.open("xb") as target:
            os.fchmod(target.fileno(), 0o600)
            for chunk in _chunks(source):
                target.write(chunk)
            target.flush()
            os.fsync(target.fileno())
        unfinished.rename(final)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise
    folder = os.open(final.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
    return path
