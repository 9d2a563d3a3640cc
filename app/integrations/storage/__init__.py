"""Files: `storage()` gives the store that STORAGE_URL names."""

from functools import lru_cache

from app.integrations.storage.objects import Objects
from app.integrations.storage.port import Storage, StorageError

__all__ = ["Storage", "StorageError", "storage"]


@lru_cache
def storage() -> Storage:
    return Objects.from_settings()
