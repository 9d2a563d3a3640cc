"""Both adapters in one: `obstore` speaks S3 for the real store and local files for the offline twin."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import obstore
from obstore.exceptions import BaseError
from obstore.store import LocalStore, from_url

from app.integrations.storage.port import StorageError
from app.settings import settings

CHUNK = 256 * 1024


class Objects:
    def __init__(self, store: Any) -> None:
        self.store = store

    @classmethod
    def from_settings(cls) -> Objects:
        url = settings().storage_url
        if url:
            return cls(from_url(url))  # credentials come from the environment, as S3 clients read them
        folder = settings().data_dir / "files"
        folder.mkdir(parents=True, exist_ok=True)
        return cls(LocalStore(folder))

    async def put(self, key: str, data: bytes) -> None:
        try:
            await obstore.put_async(self.store, key, data)
        except (BaseError, OSError) as error:
            raise StorageError(str(error)) from error

    async def stream(self, key: str) -> AsyncIterator[bytes]:
        try:
            found = await obstore.get_async(self.store, key)
            async for chunk in found.stream(min_chunk_size=CHUNK):
                yield bytes(chunk)
        except (BaseError, OSError) as error:
            raise StorageError(str(error)) from error

    async def delete(self, key: str) -> None:
        try:
            await obstore.delete_async(self.store, key)
        except (BaseError, OSError) as error:
            raise StorageError(str(error)) from error

    async def check(self) -> str | None:
        key = "health/doctor.txt"
        try:
            async with asyncio.timeout(10):
                await self.put(key, b"ok")
                back = b"".join([chunk async for chunk in self.stream(key)])
                await self.delete(key)
        except (StorageError, TimeoutError) as error:
            return str(error) or "no answer within ten seconds"
        return None if back == b"ok" else "a file came back changed"
