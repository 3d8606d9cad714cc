"""What comes from a browser: refused at the door when it is too heavy, of another type than asked, or could run."""

import tempfile
from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile

from territories.foundations.files.models import StoredFile
from territories.foundations.files.operations import store
from territories.foundations.files.sniffing import ACTIVE, EXTENSIONS, content_type_of

if TYPE_CHECKING:
    from django.contrib.auth.base_user import AbstractBaseUser


def accept(
    uploaded: UploadedFile, *, allowed: Collection[str], by: "AbstractBaseUser | None" = None, limit: int | None = None
) -> StoredFile:
    """Keeps an uploaded file whose content is of one of the `allowed` types (constants of `sniffing`).

    `limit` in bytes, settings.UPLOAD_LIMIT when not given. Raises ValidationError with a sentence for the person.
    """
    limit = limit or settings.UPLOAD_LIMIT
    name = uploaded.name or "fichier"
    if (uploaded.size or 0) > limit:
        raise ValidationError(f"« {name} » dépasse {_size(limit)}, la taille permise. Réduisez le fichier, puis recommencez.")
    if not uploaded.size:
        raise ValidationError(f"« {name} » est vide. Vérifiez le fichier, puis recommencez.")
    # On the disk once: read twice (type, copy) without holding it in memory.
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "upload"
        with copy.open("wb") as target:
            for chunk in uploaded.chunks():
                target.write(chunk)
        content_type = content_type_of(copy)
        if content_type in ACTIVE and content_type not in allowed:
            raise ValidationError(f"« {name} » est une page ou une image qui peut contenir un programme\u00a0: elle est refusée.")
        if content_type not in allowed:
            wanted = ", ".join(sorted({EXTENSIONS[kind].lstrip(".").upper() for kind in allowed}))
            raise ValidationError(f"« {name} » n’est pas d’un type attendu ici. Types acceptés\u00a0: {wanted}.")
        return store(copy, name=name, by=by)


def _size(count: int) -> str:
    """« 200 Mo », « 1,5 Mo », in units of 1024."""
    megabytes = count / (1024 * 1024)
    text = f"{megabytes:.0f}" if megabytes >= 10 or megabytes == int(megabytes) else f"{megabytes:.1f}".replace(".", ",")
    return f"{text}\u00a0Mo" if megabytes >= 1 else f"{count / 1024:.0f}\u00a0Ko"
