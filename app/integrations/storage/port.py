"""What the product asks of a file store: whole objects by key, byte for byte."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Protocol


class StorageError(Exception):
    """The store could not be reached, or the object is not there."""


class Storage(Protocol):
    async def put(self, key: str, data: bytes) -> None: ...

    def stream(self, key: str) -> AsyncIterator[bytes]: ...

    async def delete(self, key: str) -> None: ...

    async def check(self) -> str | None:
        """None when a file can be written and read back, else what is wrong."""
        ...
