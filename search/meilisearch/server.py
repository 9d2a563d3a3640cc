"""The Meilisearch server as the engine sees it; the only file that imports its client libraries.

Traps of the official client, and what is done about each: one client shared by threads loses its Content-Type, so
every call makes a client of its own; it has no time limit unless given one; a failed task raises nothing, so every
task is waited for here and its failure raised with the server's reason. The asynchronous client keeps its
connections, so one serves the whole process; reading by it is bounded by `SEARCH_SECONDS`.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import httpx2
import meilisearch
from meilisearch import errors as official
from meilisearch_python_sdk import AsyncClient
from meilisearch_python_sdk import errors as asynchronous
from meilisearch_python_sdk.models.search import SearchParams

SEARCH_SECONDS = 1.5
CALL_SECONDS = 10
TASK_SECONDS = 300.0
POLL_FIRST, POLL_LONGEST = 0.01, 0.5
DONE = ("succeeded", "failed", "canceled")
NOBODY = 'id = "nobody"'

# Failures that lie in a document, so that the rest of its batch can be saved without it.
DOCUMENT_ERRORS = frozenset(
    {
        "invalid_document_id",
        "missing_document_id",
        "invalid_document_geo_field",
        "invalid_document_geojson_field",
        "invalid_document_fields",
        "invalid_vector_dimensions",
        "invalid_vectors_type",
        "vector_embedding_error",
        "max_fields_limit_exceeded",
        "payload_too_large",
        "malformed_payload",
    }
)
# The index is not what the code expects: it was never made, or lost its settings.
SETUP_ERRORS = frozenset(
    {
        "index_not_found", "invalid_search_filter", "invalid_search_sort", "invalid_search_facets",
        "facet_search_disabled", "invalid_search_attributes_to_search_on", "invalid_facet_search_facet_name",
    }
)  # fmt: skip
PASSING_STATUS = frozenset({408, 429, 500, 502, 503, 504})

# What the processes may do, on this site's indexes only. None of these is a right over the whole server: the server
# refuses a key that mixes those with a list of indexes.
ACTIONS = (
    "search", "documents.add", "documents.get", "documents.delete", "indexes.create", "indexes.get", "indexes.delete",
    "indexes.swap", "settings.get", "settings.update", "stats.get", "tasks.get",
)  # fmt: skip

T = TypeVar("T")


class ServerError(Exception):
    """Whatever went wrong with Meilisearch; the text is for operators."""


class Unavailable(ServerError):
    """No answer, an answer too late, or one that says to come back: worth trying again."""


class Refused(ServerError):
    """The server understood and said no; `code` is Meilisearch's."""

    def __init__(self, code: str, said: str) -> None:
        super().__init__(f"{code}: {said}")
        self.code = code


class Mismatch(Refused):
    """The index is missing or has other settings than this code needs."""


class TaskFailed(ServerError):
    def __init__(self, uid: int, kind: str, code: str, said: str) -> None:
        super().__init__(f"task {uid} ({kind}) {code}: {said}")
        self.uid = uid
        self.code = code
        self.said = said


class Poisoned(ServerError):
    """Documents the server will not take, each with its reason; all others of their batches are in."""

    def __init__(self, reasons: Mapping[str, str]) -> None:
        super().__init__(f"{len(reasons)} refused: " + "; ".join(f"{i}: {r}" for i, r in list(reasons.items())[:5]))
        self.reasons = dict(reasons)


@dataclass(frozen=True, slots=True)
class Key:
    name: str
    key: str
    actions: tuple[str, ...]
    indexes: tuple[str, ...]


def _refusal(code: str, said: str, status: int) -> ServerError:
    if status in PASSING_STATUS:
        return Unavailable(f"{status} {code}: {said}")
    return (Mismatch if code in SETUP_ERRORS else Refused)(code or str(status), said)


@contextlib.contextmanager
def _translated() -> Iterator[None]:
    """Whatever either library raises, as ours."""
    try:
        yield
    except official.MeilisearchApiError as error:
        raise _refusal(error.code or "", str(error.message), error.status_code) from error
    except asynchronous.MeilisearchApiError as error:
        raise _refusal(error.code, error.message, error.status_code) from error
    except httpx2.HTTPStatusError as error:
        raise _refusal("", str(error), error.response.status_code) from error
    except (
        official.MeilisearchError,
        asynchronous.MeilisearchError,
        httpx2.HTTPError,
        TimeoutError,
        # What the official library lets through: requests' own errors, all of them OSErrors, and half an answer.
        OSError,
        ValueError,
    ) as error:
        raise Unavailable(f"{type(error).__name__}: {error}") from error


class Server:
    def __init__(self, url: str, key: str, *, call_seconds: int = CALL_SECONDS) -> None:
        self.url = url.rstrip("/")
        self._key = key
        self._call_seconds = call_seconds
        self._client: AsyncClient | None = None

    # reading, on the request's path

    def _reader(self) -> AsyncClient:
        if self._client is None:
            self._client = AsyncClient(self.url, self._key or None, timeout=self._call_seconds)
        return self._client

    async def close(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            await client.aclose()

    async def multi_search(self, queries: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """The answers in the order of the queries, with Meilisearch's own names."""
        given = [SearchParams.model_validate(q) for q in queries]
        with _translated():
            async with asyncio.timeout(SEARCH_SECONDS):
                found = await self._reader().multi_search(given)
        if not isinstance(found, list):  # a federated answer, which nobody asked for
            raise Unavailable("not an answer to a multi-search")
        return [answer.model_dump(by_alias=True) for answer in found]

    async def facet_search(self, uid: str, facet: str, text: str) -> list[tuple[str, int]]:
        """Values of a facet that begin like `text`, and how many documents hold each.

        Asked through the asynchronous client's connections but not its method, which sends keys of a plain search.
        """
        with _translated():
            async with asyncio.timeout(SEARCH_SECONDS):
                answer = await self._reader().http_client.post(
                    f"indexes/{uid}/facet-search", json={"facetName": facet, "facetQuery": text}
                )
            if answer.is_error:
                said = answer.json()
                raise _refusal(str(said.get("code")), str(said.get("message")), answer.status_code)
            return [(hit["value"], hit["count"]) for hit in answer.json()["facetHits"]]

    # administration and writing, in threads

    async def _call(self, work: Callable[[meilisearch.Client], T]) -> T:
        def run() -> T:
            with _translated():
                return work(meilisearch.Client(self.url, self._key or None, timeout=self._call_seconds))

        return await asyncio.to_thread(run)

    async def healthy(self) -> bool:
        try:
            return (await self._call(lambda c: c.health())).get("status") == "available"
        except ServerError:
            return False

    async def may_administer(self) -> bool:
        """Whether the key of this process may make keys: it should not."""
        try:
            await self._call(lambda c: c.get_keys({"limit": 1}))
        except Refused:
            return False
        return True

    async def exists(self, uid: str) -> bool:
        try:
            await self._call(lambda c: c.get_raw_index(uid))
        except Mismatch:
            return False
        return True

    async def names(self, beginning: str) -> list[str]:
        """The indexes whose names begin so."""
        # It says it returns a list, and returns the page that the list is in.
        page: Any = await self._call(lambda c: c.get_raw_indexes({"limit": 10_000}))
        return [i["uid"] for i in page["results"] if i["uid"].startswith(beginning)]

    async def create(self, uid: str) -> None:
        await self.wait(await self._call(lambda c: c.create_index(uid, {"primaryKey": "id"}).task_uid))

    async def drop(self, uid: str) -> None:
        """Delete an index; one that is not there is no failure."""
        try:
            await self.wait(await self._call(lambda c: c.delete_index(uid).task_uid))
        except Mismatch:
            return
        except TaskFailed as error:
            if error.code != "index_not_found":
                raise

    async def set_settings(self, uid: str, settings: Mapping[str, Any]) -> None:
        body = dict(settings)
        await self.wait(await self._call(lambda c: c.index(uid).update_settings(body).task_uid))

    async def settings(self, uid: str) -> dict[str, Any]:
        return await self._call(lambda c: c.index(uid).get_settings())

    async def swap(self, one: str, other: str, *, rename: bool) -> None:
        """Exchange two indexes at one moment; `rename` when the second is not there yet.

        The server hides a task that touches several indexes from a key that is not for all of them. So a task of one
        index, which finds nothing to remove, is queued behind the swap; when it is over the swap is too, and has
        worked if the second name now stands for what the first one did.
        """
        swap: dict[str, Any] = {"indexes": [one, other]}
        if rename:
            swap["rename"] = True
        made = await self._made_at(one)
        task = await self._call(lambda c: c.swap_indexes([swap]).task_uid)
        await self.wait(await self.remove(other, NOBODY))
        if await self._made_at(other) != made:
            raise TaskFailed(task, "indexSwap", "swap_failed", f"{one} and {other} have not changed places")

    async def _made_at(self, uid: str) -> str:
        return str((await self._call(lambda c: c.get_raw_index(uid)))["createdAt"])

    async def count(self, uid: str) -> int:
        try:
            return await self._call(lambda c: int(c.index(uid).get_stats().number_of_documents))
        except Mismatch:
            return 0

    async def add(self, uid: str, documents: Sequence[Mapping[str, Any]]) -> int:
        """Queue documents, replacing those of the same id; the task to wait for."""
        return await self._call(lambda c: c.index(uid).add_documents(documents, "id").task_uid)

    async def remove(self, uid: str, filter_: str) -> int:
        return await self._call(lambda c: c.index(uid).delete_documents(filter=filter_).task_uid)

    async def documents(self, uid: str, *, fields: Sequence[str] | None = None, filter_: str | None = None,
                        size: int = 1000) -> AsyncIterator[dict[str, Any]]:  # fmt: skip
        """Stored documents, all or those of a filter; in pieces, so not all of one moment."""
        body: dict[str, Any] = {"limit": size}
        if fields is not None:
            body["fields"] = list(fields)
        if filter_ is not None:
            body["filter"] = filter_
        offset = 0
        while True:
            page = await self._page(uid, {**body, "offset": offset})
            for found in page:
                yield found
            offset += size
            if len(page) < size:
                return

    async def _page(self, uid: str, asked: dict[str, Any]) -> list[dict[str, Any]]:
        return [dict(found) for found in (await self._call(lambda c: c.index(uid).get_documents(asked))).results]

    async def wait(self, task_uid: int, seconds: float = TASK_SECONDS) -> None:
        """Until the task has succeeded; TaskFailed with the server's reason, Unavailable when it takes too long."""
        pause = POLL_FIRST
        deadline = asyncio.get_running_loop().time() + seconds
        while True:
            task = await self._call(lambda c: c.get_task(task_uid))
            if task.status in DONE:
                break
            if asyncio.get_running_loop().time() > deadline:
                raise Unavailable(f"task {task_uid} is still {task.status} after {seconds:.0f} s")
            await asyncio.sleep(pause)
            pause = min(pause * 1.5, POLL_LONGEST)
        if task.status != "succeeded":
            error = task.error or {}
            said = str(error.get("message") or f"the task was {task.status}")
            raise TaskFailed(task_uid, task.type, str(error.get("code") or task.status), said)


async def set_up_key(url: str, master: str, prefix: str, name: str) -> Key:
    """The scoped key for this site's processes, made with the master key; the one there is when it is as wanted."""
    wanted = {
        "name": name,
        "description": "santex: search and sync of its own indexes; made by `santex search setup`",
        "actions": list(ACTIONS),
        "indexes": [f"{prefix}_*"],
        "expiresAt": None,
    }

    def work(client: meilisearch.Client) -> Key:
        for known in client.get_keys({"limit": 1000}).results:
            same = sorted(known.actions) == sorted(ACTIONS) and known.indexes == wanted["indexes"]
            if known.name == name and same and known.expires_at is None:
                return Key(name, known.key, tuple(known.actions), tuple(known.indexes))
        made = client.create_key(wanted)
        return Key(name, made.key, tuple(made.actions), tuple(made.indexes))

    return await Server(url, master)._call(work)  # noqa: SLF001 - the same file
