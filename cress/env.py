"""Settings from the environment. A value that makes no sense stops the start with a sentence that says what to write."""

import os
from pathlib import Path
from urllib.parse import unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

YES = {"1", "true", "yes", "on", "oui"}
NO = {"0", "false", "no", "off", "non"}


def env_text(name: str, default: str | None = None) -> str:
    """The text of a variable, or of the file named by `NAME_FILE` (container secrets); raises when missing without default."""
    if path := os.environ.get(f"{name}_FILE"):
        try:
            return Path(path).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise ImproperlyConfigured(f"{name}_FILE nomme un fichier illisible : {path} ({error.strerror}).") from error
    value = os.environ.get(name, "").strip()
    if value:
        return value
    if default is None:
        raise ImproperlyConfigured(f"La variable {name} est obligatoire : voir .env.example.")
    return default


def env_bool(name: str, *, default: bool) -> bool:
    """Yes or no; anything else raises."""
    value = env_text(name, "1" if default else "0").lower()
    if value in YES:
        return True
    if value in NO:
        return False
    raise ImproperlyConfigured(f"{name} vaut « {value} » : écrire 1 ou 0.")


def env_int(name: str, *, default: int, least: int = 0, most: int = 10**9) -> int:
    """A whole number between two bounds, both allowed."""
    value = env_text(name, str(default))
    try:
        number = int(value)
    except ValueError as error:
        raise ImproperlyConfigured(f"{name} vaut « {value} » : écrire un nombre entier.") from error
    if not least <= number <= most:
        raise ImproperlyConfigured(f"{name} vaut {number} : écrire un nombre entre {least} et {most}.")
    return number


def env_list(name: str, default: str = "") -> list[str]:
    """Values separated by commas, without the empty ones."""
    return [item.strip() for item in env_text(name, default).split(",") if item.strip()]


def env_url(name: str, *, schemes: set[str], default: str | None = None) -> str:
    """An absolute address whose scheme is one of `schemes`; an empty default is allowed and given back."""
    value = env_text(name, default)
    if not value:
        return value
    parts = urlsplit(value)
    if parts.scheme not in schemes or not (parts.netloc or parts.path):
        wanted = " ou ".join(f"{scheme}://" for scheme in sorted(schemes))
        raise ImproperlyConfigured(f"{name} doit commencer par {wanted}.")
    return value


def database_from_url(url: str) -> dict[str, object]:
    """Django’s description of a PostgreSQL database given as `postgres://user:password@host:port/name`."""
    parts = urlsplit(url)
    name = unquote(parts.path.lstrip("/"))
    if not name:
        raise ImproperlyConfigured("DATABASE_URL ne nomme pas de base : postgres://compte:secret@hote:5432/nom_de_la_base.")
    try:
        port = parts.port
    except ValueError as error:
        raise ImproperlyConfigured("DATABASE_URL porte un port qui n’est pas un nombre.") from error
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": name,
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname or "",
        "PORT": str(port or ""),
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {"connect_timeout": 5},
    }
