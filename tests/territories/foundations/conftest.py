from pathlib import Path

import pytest


@pytest.fixture
def own_storage(settings: object, tmp_path: Path) -> None:
    """Stored files in a folder that only this test sees."""
    place = {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": str(tmp_path / "stored")}}
    settings.STORAGES = {**settings.STORAGES, "default": place}
