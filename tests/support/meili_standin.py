"""A stand-in for a Meilisearch server: its protocol and its faults, NEVER its relevance.

What it is honest about: every request is checked against Meilisearch's published API description (MEILI_OPENAPI, by
default ../shared/meilisearch/openapi-1.49.0.json) and for keys that the description does not know, which the real
server refuses; writes are tasks, answered 202 and carried out later, one index's in order, documents of neighbouring
tasks together, failing inside the task with the real codes; filters, sorts, facets and pages mean what is documented;
keys have rights on indexes. It can be slow, answer 503, lose a connection before or after acting, fail a task, be
stopped at any moment and started again with what it had on its disk.

What it does not do: read the text of a query. Every document matches every text, in no order of merit. A test of what
is found belongs to a real server (MEILI_URL and MEILI_KEY), and says so.
"""

from __future__ import annotations

import contextlib
import fnmatch
import itertools
import json
import os
import re
import socket
import threading
import unicodedata
import uuid
from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import jsonschema

from app.settings import ROOT

OPENAPI = Path(os.environ.get("MEILI_OPENAPI") or ROOT.parent / "shared/meilisearch/openapi-1.49.0.json")
AT = "2026-01-01T00:00:00.123456789Z"
_MADE = itertools.count(1)
MASTER = "the-master-key-of-the-stand-in"
ID = re.compile(r"^[A-Za-z0-9_-]{1,511}$")
UID = re.compile(r"^[A-Za-z0-9_-]{1,400}$")


def missing() -> str | None:
    """Why protocol tests cannot run; None when they can."""
    if OPENAPI.is_file():
        return None
    return f"no description of Meilisearch's API at {OPENAPI}; set MEILI_OPENAPI to one (openapi-1.49.0.json)"


# --- the published description --------------------------------------------------------------------------------------


class Description:
    """The operations of the API: which path, which query parameters, which body."""

    def __init__(self, path: Path) -> None:
        self.spec = json.loads(path.read_text(encoding="utf-8"))
        self._paths = []
        for template, operations in self.spec["paths"].items():
            pattern = re.compile("^" + re.sub(r"\{[^}]+\}", "[^/]+", template) + "$")
            self._paths.append((template.count("{"), template, pattern, operations))
        self._paths.sort(key=lambda p: p[0])

    def violations(self, method: str, path: str, query: Mapping[str, str], body: Any) -> list[str]:
        for _, shape, pattern, operations in self._paths:
            if pattern.match(path) and method.lower() in operations:
                template = shape
                operation = operations[method.lower()]
                break
        else:
            return [f"{method} {path}: no such operation"]
        known = {p["name"] for p in operation.get("parameters", ()) if p["in"] == "query"}
        found = [f"{method} {template}: no query parameter {name!r}" for name in query if name not in known]
        content = operation.get("requestBody", {}).get("content", {}).get("application/json")
        if content and body is not None:
            schema = content["schema"] | {"components": self.spec["components"]}
            errors = jsonschema.Draft202012Validator(schema).iter_errors(body)
            found += [f"{method} {template} {e.json_path}: {e.message[:200]}" for e in errors]
            found += [f"{method} {template}: {u}" for u in self._unknown(content["schema"], body, "$")]
        return found

    def _resolved(self, schema: Mapping[str, Any]) -> Mapping[str, Any]:
        while "$ref" in schema:
            schema = self.spec["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
        return schema

    def _unknown(self, schema: Mapping[str, Any], value: Any, at: str) -> Iterator[str]:
        """Keys that no schema names: most schemas allow them, the server does not."""
        schema = self._resolved(schema)
        choices = [self._resolved(s) for s in (*schema.get("oneOf", ()), *schema.get("anyOf", ()))]
        fitting = [c for c in choices if c.get("type") == "object" or "properties" in c]
        if isinstance(value, dict):
            names = dict(schema.get("properties", {}))
            for part in (*fitting, *(self._resolved(s) for s in schema.get("allOf", ()))):
                names |= part.get("properties", {})
            free = schema.get("additionalProperties")
            for key, item in value.items():
                if key in names:
                    yield from self._unknown(names[key], item, f"{at}.{key}")
                elif isinstance(free, dict):
                    yield from self._unknown(free, item, f"{at}.{key}")
                elif names:
                    yield f"unknown key {at}.{key}"
        elif isinstance(value, list) and "items" in schema:
            for i, item in enumerate(value):
                yield from self._unknown(schema["items"], item, f"{at}[{i}]")


@lru_cache(maxsize=1)
def description() -> Description:
    return Description(OPENAPI)


# --- filters, as documented -----------------------------------------------------------------------------------------


class BadFilter(Exception):
    pass


_TOKEN = re.compile(r'\s*(?:(?P<text>"(?:[^"\\]|\\.)*")|(?P<sign>!=|>=|<=|[()\[\],=<>])|(?P<word>[\w.-]+))')


def _tokens(text: str) -> list[str]:
    found, at = [], 0
    text = text.rstrip()
    while at < len(text):
        token = _TOKEN.match(text, at)
        if token is None:
            raise BadFilter(f"was expecting an operation at `{text[at:]}`")
        found.append(token.group().strip())
        at = token.end()
    return found


def normal(value: Any) -> Any:
    """As Meilisearch compares strings of filters: without case, marks kept."""
    return unicodedata.normalize("NFKD", value).strip().lower() if isinstance(value, str) else value


def _held(document: Mapping[str, Any], name: str) -> list[Any]:
    value = document.get(name)
    return [] if value is None else [normal(v) for v in (value if isinstance(value, list) else [value])]


Test = Callable[[Mapping[str, Any]], bool]


class Filter:
    """A recursive-descent reader of the part of the language that is documented and used here."""

    def __init__(self, text: str) -> None:
        self._tokens = deque(_tokens(text))
        self.names: dict[str, set[str]] = {}
        self.test = self._either()
        if self._tokens:
            raise BadFilter(f"found unexpected characters at the end of the filter: `{self._tokens[0]}`")

    def _next(self, *wanted: str) -> str:
        if not self._tokens or (wanted and self._tokens[0] not in wanted):
            raise BadFilter(f"was expecting {wanted or 'a value'}, got `{self._tokens[0] if self._tokens else ''}`")
        return self._tokens.popleft()

    def _is(self, token: str) -> bool:
        if self._tokens and self._tokens[0] == token:
            self._tokens.popleft()
            return True
        return False

    def _either(self) -> Test:
        tests = [self._all()]
        while self._is("OR"):
            tests.append(self._all())
        return lambda d: any(t(d) for t in tests)

    def _all(self) -> Test:
        tests = [self._one()]
        while self._is("AND"):
            tests.append(self._one())
        return lambda d: all(t(d) for t in tests)

    def _value(self) -> Any:
        token = self._next()
        if token.startswith('"'):
            return normal(json.loads(token))
        if not re.fullmatch(r"[\w.-]+", token):
            raise BadFilter(f"was expecting a value, got `{token}`")
        return token

    def _one(self) -> Test:
        if self._is("("):
            test = self._either()
            self._next(")")
            return test
        name = self._value()
        operator = self._next("=", "!=", "<", "<=", ">", ">=", "IN", "EXISTS", "NOT")
        features = self.names.setdefault(name, set())
        if operator == "NOT":
            operator += " " + self._next("EXISTS", "IN")
        features.add("comparison" if operator[0] in "<>" else "equality")
        if operator.endswith("EXISTS"):
            return lambda d: (name in d) == (operator == "EXISTS")
        if operator.endswith("IN"):
            values = self._list()
            return lambda d: any(str(v) in values for v in _held(d, name)) == (operator == "IN")
        value = self._value()
        if operator == "=":
            return lambda d: any(str(v) == str(value) for v in _held(d, name))
        if operator == "!=":
            return lambda d: all(str(v) != str(value) for v in _held(d, name))
        number = float(value)
        compare: dict[str, Callable[[Any], bool]] = {
            "<": lambda v: v < number, "<=": lambda v: v <= number,
            ">": lambda v: v > number, ">=": lambda v: v >= number,
        }  # fmt: skip
        return lambda d: any(compare[operator](v) for v in _held(d, name) if isinstance(v, int | float))

    def _list(self) -> set[str]:
        self._next("[")
        values = set()
        while not self._is("]"):
            values.add(str(self._value()))
            if not self._is(","):
                self._next("]")
                break
        return values


def filtering(given: Any) -> tuple[Test, dict[str, set[str]]]:
    """A text, or a list of texts and of lists of alternatives."""
    if given is None or given == []:
        return (lambda _: True), {}
    parts = [given] if isinstance(given, str) else given
    groups = [[Filter(t) for t in (p if isinstance(p, list) else [p])] for p in parts]
    names: dict[str, set[str]] = {}
    for f in (f for g in groups for f in g):
        for name, features in f.names.items():
            names.setdefault(name, set()).update(features)
    return (lambda d: all(any(f.test(d) for f in g) for g in groups)), names


# --- what it keeps ----------------------------------------------------------------------------------------------------


class Refusal(Exception):
    def __init__(self, status: int, code: str, said: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(said)
        self.status, self.code, self.said, self.headers = status, code, said, dict(headers or {})

    def body(self) -> dict[str, str]:
        kind = "auth" if self.status in (401, 403) else "system" if self.status >= 500 else "invalid_request"
        return {"message": self.said, "code": self.code, "type": kind, "link": "https://docs.example/errors"}


def not_found(uid: str) -> Refusal:
    return Refusal(404, "index_not_found", f"Index `{uid}` not found.")


@dataclass
class Kept:
    """An index on the disk."""

    primary_key: str | None = None
    documents: dict[str, dict[str, Any]] = field(default_factory=dict)
    settings: dict[str, Any] = field(default_factory=dict)
    made_at: str = field(default_factory=lambda: f"2026-01-01T00:00:00.{next(_MADE):09d}Z")


@dataclass(eq=False)
class Task:
    uid: int
    type: str
    index: str | None
    work: Any
    status: str = "enqueued"
    error: dict[str, str] | None = None
    batch: int | None = None
    indexes: tuple[str, ...] = ()

    def view(self) -> dict[str, Any]:
        return {
            "uid": self.uid, "batchUid": self.batch, "indexUid": self.index, "status": self.status, "type": self.type,
            "canceledBy": None, "details": None, "error": self.error, "duration": None, "enqueuedAt": AT,
            "startedAt": None, "finishedAt": None,
        }  # fmt: skip


@dataclass
class Fault:
    """`kind`: slow, unavailable, lost (before acting), lost_after (acted, the answer never came), fail_task."""

    kind: str
    where: str = ""
    times: int = 1
    seconds: float = 30.0
    code: str = "internal"


DOCUMENTS = ("documentAdditionOrUpdate", "documentDeletion")


class Standin:
    def __init__(self) -> None:
        self.indexes: dict[str, Kept] = {}
        self.tasks: list[Task] = []
        self._unfinished: list[Task] = []
        self.keys: list[dict[str, Any]] = []
        self.faults: list[Fault] = []
        self.violations: list[str] = []
        self.requests: list[tuple[str, str]] = []
        self.bodies: list[Any] = []
        self.connections = 0
        self.batches = 0
        self.task_seconds = 0.001
        self.paused = False
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._lock = threading.Lock()
        self._down = threading.Event()
        self._listener: socket.socket | None = None
        self._open: set[socket.socket] = set()
        self._threads: list[threading.Thread] = []

    # running: plain threads and sockets, so that it can be cut off at any byte

    def start(self) -> None:
        assert self._listener is None
        self._down = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", self.port), backlog=64)
        self._threads = [
            threading.Thread(target=work, args=(self._listener, self._down), daemon=True)
            for work in (self._listen, self._work)
        ]
        for thread in tuple(self._threads):  # the first begins to add more at once
            thread.start()

    def stop(self) -> None:
        """At once, as when killed: connections break, a task under way is begun again after the next start."""
        listener, self._listener = self._listener, None
        if listener is None:
            return
        self._down.set()
        with contextlib.suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        with self._lock:
            for connection in self._open:
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
        while self._threads:
            self._threads.pop().join(10)
        listener.close()
        for task in self.tasks:
            if task.status == "processing":
                task.status = "enqueued"

    def _listen(self, listener: socket.socket, down: threading.Event) -> None:
        while not down.is_set():
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with self._lock:
                self.connections += 1
                if down.is_set():
                    connection.close()
                    return
                self._open.add(connection)
                thread = threading.Thread(target=self._talk, args=(connection, down), daemon=True)
                self._threads.insert(0, thread)
            thread.start()

    def _talk(self, connection: socket.socket, down: threading.Event) -> None:
        with contextlib.suppress(OSError, ValueError), connection, connection.makefile("rwb") as stream:
            while not down.is_set() and self._one(stream, down):
                pass
        with self._lock:
            self._open.discard(connection)

    def _one(self, stream: Any, down: threading.Event) -> bool:
        line = stream.readline().decode("latin-1")
        if not line.endswith("\n"):
            return False
        method, target, _ = line.split(" ", 2)
        headers: dict[str, str] = {}
        while (raw := stream.readline().decode("latin-1").strip()) != "":
            name, _, value = raw.partition(":")
            headers[name.lower()] = value.strip()
        length = int(headers.get("content-length", 0))
        body = stream.read(length)
        if len(body) < length:
            return False
        where = f"{method} {urlsplit(target).path}"
        fault = self._fault(where, "slow", "unavailable", "lost", "lost_after")
        if fault and fault.kind == "slow":
            down.wait(fault.seconds)
        if down.is_set() or (fault and fault.kind == "lost"):
            return False
        more: dict[str, str] = {}
        try:
            if fault and fault.kind == "unavailable":
                raise Refusal(503, "too_many_search_requests", "Too many search requests.", {"Retry-After": "10"})
            with self._lock:
                status, answer = self._answer(method, target, headers, body)
        except Refusal as refusal:
            status, answer, more = refusal.status, refusal.body(), refusal.headers
        if fault and fault.kind == "lost_after":
            return False
        payload = b"" if answer is None else json.dumps(answer).encode()
        head = {"Content-Type": "application/json", "Content-Length": str(len(payload)), **more}
        lines = [f"HTTP/1.1 {status} -", *(f"{n}: {v}" for n, v in head.items()), "", ""]
        stream.write("\r\n".join(lines).encode() + payload)
        stream.flush()
        return headers.get("connection", "").lower() != "close"

    def _fault(self, where: str, *kinds: str) -> Fault | None:
        for fault in self.faults:
            if fault.kind in kinds and fault.where in where and fault.times > 0:
                fault.times -= 1
                return fault
        return None

    # answering

    def _answer(self, method: str, target: str, headers: Mapping[str, str], raw: bytes) -> tuple[int, Any]:
        parts = urlsplit(target)
        query = dict(parse_qsl(parts.query, keep_blank_values=True))
        self.requests.append((method, parts.path))
        if method in ("POST", "PUT", "PATCH") and headers.get("content-type") != "application/json":
            raise Refusal(415, "missing_content_type", "A Content-Type header is missing.")
        try:
            body = json.loads(raw) if raw else None
        except ValueError:
            raise Refusal(400, "malformed_payload", "The json payload provided is malformed.") from None
        self.bodies.append(body)
        wrong = description().violations(method, parts.path, query, body)
        if wrong:
            self.violations += wrong
            raise Refusal(400, "bad_request", "; ".join(wrong)[:500])
        segments = parts.path.strip("/").split("/")
        name = "_".join(s for i, s in enumerate(segments) if not self._variable(segments, i)).replace("-", "_")
        handler = getattr(self, f"_{method.lower()}_{name}", None)
        if handler is None:
            raise AssertionError(f"the stand-in has nothing for {method} {parts.path}")
        variables = [s for i, s in enumerate(segments) if self._variable(segments, i)]
        answered: tuple[int, Any] = handler(headers, body, *variables)
        return answered

    @staticmethod
    def _variable(segments: list[str], i: int) -> bool:
        return i == 1 and segments[0] in ("indexes", "tasks", "keys")

    def _allow(self, headers: Mapping[str, str], action: str, *uids: str) -> None:
        given = headers.get("authorization", "")
        if not given.startswith("Bearer "):
            raise Refusal(401, "missing_authorization_header", "The Authorization header is missing.")
        key = given.removeprefix("Bearer ")
        if key == MASTER:
            return
        for known in self.keys:
            if known["key"] == key and self._may(known, action, uids):
                return
        raise Refusal(403, "invalid_api_key", "The provided API key is invalid.")

    def _everywhere(self, headers: Mapping[str, str]) -> bool:
        """Whether the key is for all indexes: from others the server hides a task that touches several."""
        key = headers.get("authorization", "").removeprefix("Bearer ")
        return key == MASTER or any(k["key"] == key and "*" in k["indexes"] for k in self.keys)

    def _sees(self, headers: Mapping[str, str], uid: str) -> bool:
        try:
            self._allow(headers, "indexes.get", uid)
        except Refusal:
            return False
        return True

    @staticmethod
    def _may(key: Mapping[str, Any], action: str, uids: tuple[str, ...]) -> bool:
        acts = any(fnmatch.fnmatchcase(action, a) for a in key["actions"])
        return acts and all(any(fnmatch.fnmatchcase(u, pattern) for pattern in key["indexes"]) for u in uids)

    def _queue(self, kind: str, index: str | None, work: Any, indexes: tuple[str, ...] = ()) -> tuple[int, Any]:
        if index is not None and not UID.match(index):
            raise Refusal(400, "invalid_index_uid", f"`{index}` is not a valid index uid.")
        task = Task(len(self.tasks), kind, index, work, indexes=indexes)
        self.tasks.append(task)
        self._unfinished.append(task)
        return 202, {
            "taskUid": task.uid, "indexUid": index, "status": "enqueued", "type": kind,
            "enqueuedAt": AT,
        }  # fmt: skip

    def _index(self, uid: str) -> Kept:
        if uid not in self.indexes:
            raise not_found(uid)
        return self.indexes[uid]

    def _get_health(self, headers: Any, body: Any) -> tuple[int, Any]:
        return 200, {"status": "available"}

    def _get_keys(self, headers: Any, body: Any) -> tuple[int, Any]:
        self._allow(headers, "keys.get")
        return 200, {"results": self.keys, "offset": 0, "limit": 1000, "total": len(self.keys)}

    def _post_keys(self, headers: Any, body: Any) -> tuple[int, Any]:
        self._allow(headers, "keys.create")
        everywhere = {"version", "dumps.create", "snapshots.create", "metrics.get", "keys.get", "keys.create"}
        if body["indexes"] != ["*"] and everywhere & set(body["actions"]):
            raise Refusal(400, "index_scoped_api_key_with_global_action", "A global action on some indexes only.")
        made = {**body, "uid": str(uuid.uuid4()), "key": uuid.uuid4().hex, "createdAt": AT, "updatedAt": AT}
        self.keys.append(made)
        return 201, made

    def _post_indexes(self, headers: Any, body: Any) -> tuple[int, Any]:
        self._allow(headers, "indexes.create", body["uid"])
        return self._queue("indexCreation", body["uid"], body.get("primaryKey"))

    def _get_indexes(self, headers: Any, body: Any, uid: str | None = None) -> tuple[int, Any]:
        if uid is None:
            self._allow(headers, "indexes.get")
            names = [n for n in sorted(self.indexes) if self._sees(headers, n)]
            views = [self._get_indexes(headers, None, name)[1] for name in names]
            return 200, {"results": views, "offset": 0, "limit": len(views), "total": len(views)}
        self._allow(headers, "indexes.get", uid)
        kept = self._index(uid)
        return 200, {"uid": uid, "createdAt": kept.made_at, "updatedAt": AT, "primaryKey": kept.primary_key}

    def _delete_indexes(self, headers: Any, body: Any, uid: str) -> tuple[int, Any]:
        self._allow(headers, "indexes.delete", uid)
        return self._queue("indexDeletion", uid, None)

    def _get_indexes_settings(self, headers: Any, body: Any, uid: str) -> tuple[int, Any]:
        self._allow(headers, "settings.get", uid)
        return 200, self._index(uid).settings

    def _patch_indexes_settings(self, headers: Any, body: Any, uid: str) -> tuple[int, Any]:
        self._allow(headers, "settings.update", uid)
        return self._queue("settingsUpdate", uid, body)

    def _get_indexes_stats(self, headers: Any, body: Any, uid: str) -> tuple[int, Any]:
        self._allow(headers, "stats.get", uid)
        kept = self._index(uid)
        return 200, {
            "numberOfDocuments": len(kept.documents), "rawDocumentDbSize": 0, "avgDocumentSize": 0,
            "isIndexing": False, "fieldDistribution": {},
        }  # fmt: skip

    def _post_indexes_documents(self, headers: Any, body: Any, uid: str) -> tuple[int, Any]:
        self._allow(headers, "documents.add", uid)
        return self._queue("documentAdditionOrUpdate", uid, body if isinstance(body, list) else [body])

    def _post_indexes_documents_fetch(self, headers: Any, body: Any, uid: str) -> tuple[int, Any]:
        self._allow(headers, "documents.get", uid)
        kept = self._index(uid)
        found = [d for _, d in sorted(kept.documents.items()) if self._filter(kept, body.get("filter"))(d)]
        page = found[body.get("offset", 0) :][: body.get("limit", 20)]
        if body.get("fields") is not None:
            page = [{k: v for k, v in d.items() if k in body["fields"]} for d in page]
        return 200, {
            "results": page, "offset": body.get("offset", 0), "limit": body.get("limit", 20), "total": len(found),
        }  # fmt: skip

    def _post_indexes_documents_delete(self, headers: Any, body: Any, uid: str) -> tuple[int, Any]:
        self._allow(headers, "documents.delete", uid)
        return self._queue("documentDeletion", uid, body["filter"])

    def _get_tasks(self, headers: Any, body: Any, uid: str) -> tuple[int, Any]:
        self._allow(headers, "tasks.get")
        number = int(uid)
        hidden = number < len(self.tasks) and self.tasks[number].index is None and not self._everywhere(headers)
        if number >= len(self.tasks) or hidden:
            raise Refusal(404, "task_not_found", f"Task `{uid}` not found.")
        return 200, self.tasks[number].view()

    def _post_swap_indexes(self, headers: Any, body: Any) -> tuple[int, Any]:
        names = [uid for swap in body for uid in swap["indexes"]]
        self._allow(headers, "indexes.swap", *names)
        return self._queue("indexSwap", None, body, indexes=tuple(names))

    def _post_multi_search(self, headers: Any, body: Any) -> tuple[int, Any]:
        results = []
        for query in body["queries"]:
            self._allow(headers, "search", query["indexUid"])
            results.append({"indexUid": query["indexUid"], **self._searched(query)})
        return 200, {"results": results}

    def _post_indexes_facet_search(self, headers: Any, body: Any, uid: str) -> tuple[int, Any]:
        self._allow(headers, "search", uid)
        kept = self._index(uid)
        name = body["facetName"]
        self._filterable(kept, name, "facetSearch", "invalid_facet_search_facet_name")
        begun = normal(body.get("facetQuery") or "")
        counts = Counter(v for d in kept.documents.values() for v in dict.fromkeys(d.get(name) or ()))
        held = [{"value": v, "count": n} for v, n in counts.most_common() if normal(v).startswith(begun)][:100]
        return 200, {"facetHits": held, "facetQuery": body.get("facetQuery"), "processingTimeMs": 0}

    # searching: all but the text

    def _features(self, kept: Kept, name: str) -> set[str]:
        found: set[str] = set()
        for rule in kept.settings.get("filterableAttributes") or ():
            if isinstance(rule, str):
                if rule == name:
                    found |= {"equality", "comparison", "facetSearch"}
            elif any(fnmatch.fnmatchcase(name, p) for p in rule["attributePatterns"]):
                features = rule.get("features", {})
                how = features.get("filter", {"equality": True, "comparison": False})
                found |= {k for k, on in how.items() if on}
                if features.get("facetSearch"):
                    found.add("facetSearch")
        return found

    def _filterable(self, kept: Kept, name: str, feature: str, code: str) -> None:
        if feature not in self._features(kept, name):
            raise Refusal(400, code, f"Attribute `{name}` is not filterable ({feature}).")

    def _filter(self, kept: Kept, given: Any, code: str = "invalid_search_filter") -> Test:
        try:
            test, names = filtering(given)
        except BadFilter as error:
            raise Refusal(400, code, str(error)) from None
        for name, features in names.items():
            for feature in features:
                self._filterable(kept, name, feature, code)
        return test

    def _searched(self, query: Mapping[str, Any]) -> dict[str, Any]:
        kept = self._index(query["indexUid"])
        for name in query.get("attributesToSearchOn") or ():
            if name not in kept.settings.get("searchableAttributes", ["*"]):
                raise Refusal(400, "invalid_search_attributes_to_search_on", f"`{name}` is not searchable.")
        found = [d for d in kept.documents.values() if self._filter(kept, query.get("filter"))(d)]
        found.sort(key=lambda d: d["id"])
        for rule in reversed(query.get("sort") or ()):
            name, _, way = rule.rpartition(":")
            if name not in (kept.settings.get("sortableAttributes") or ()):
                raise Refusal(400, "invalid_search_sort", f"Attribute `{name}` is not sortable.")
            having = [d for d in found if d.get(name) is not None]
            having.sort(key=lambda d: d[name], reverse=way == "desc")
            found = having + [d for d in found if d.get(name) is None]
        answer: dict[str, Any] = {"query": query.get("q") or "", "processingTimeMs": 0}
        deepest = (kept.settings.get("pagination") or {}).get("maxTotalHits", 1000)
        if query.get("hitsPerPage") is not None or query.get("page") is not None:
            size = query.get("hitsPerPage") if query.get("hitsPerPage") is not None else 20
            page = query.get("page") or 1
            hits = found[: min(page * size, deepest)][(page - 1) * size :]
            pages = -(-len(found) // size) if size else 0
            answer |= {"totalHits": len(found), "totalPages": pages, "page": page, "hitsPerPage": size}
        else:
            offset, limit = query.get("offset") or 0, query.get("limit") or 0
            hits = found[offset : min(offset + limit, deepest)]
            answer |= {"estimatedTotalHits": len(found), "offset": offset, "limit": limit}
        answer["hits"] = [self._shown(kept, query, d) for d in hits]
        if query.get("facets") is not None:
            answer["facetDistribution"] = {n: self._counted(kept, n, found) for n in query["facets"]}
            answer["facetStats"] = {}
        return answer

    @staticmethod
    def _shown(kept: Kept, query: Mapping[str, Any], document: Mapping[str, Any]) -> dict[str, Any]:
        wanted = query.get("attributesToRetrieve") or ["*"]
        displayed = kept.settings.get("displayedAttributes") or ["*"]
        shown = {
            k: v
            for k, v in document.items()
            if (wanted == ["*"] or k in wanted) and (displayed == ["*"] or k in displayed)
        }
        if query.get("showRankingScore"):
            shown["_rankingScore"] = 1.0
        if query.get("showMatchesPosition"):
            shown["_matchesPosition"] = {}
        return shown

    def _counted(self, kept: Kept, name: str, found: list[dict[str, Any]]) -> dict[str, int]:
        self._filterable(kept, name, "equality", "invalid_search_facets")
        most = (kept.settings.get("faceting") or {}).get("maxValuesPerFacet", 100)
        counts = Counter(v for d in found for v in dict.fromkeys(d.get(name) or ()))
        return dict(counts.most_common(most))

    # tasks

    def _work(self, listener: socket.socket, down: threading.Event) -> None:
        while not down.wait(self.task_seconds):
            with self._lock:
                waiting = [] if self.paused else [t for t in self._unfinished if t.status == "enqueued"]
                batch = self._batch(waiting) if waiting else []
                self.batches += bool(batch)
                for task in batch:
                    task.status, task.batch = "processing", self.batches
            if batch and not down.wait(self.task_seconds):  # a kill comes here
                with self._lock:
                    for task in batch:
                        self._carry_out(task)
                    self._unfinished = [t for t in self._unfinished if t not in batch]

    @staticmethod
    def _batch(waiting: list[Task]) -> list[Task]:
        """The first task; when it writes documents, with those that follow it on the same index."""
        first = waiting[0]
        batch = [first]
        if first.type in DOCUMENTS:
            for task in waiting[1:]:
                if task.type == "indexSwap" or (task.index == first.index and task.type not in DOCUMENTS):
                    break
                if task.index == first.index:
                    batch.append(task)
        return batch

    def _carry_out(self, task: Task) -> None:
        fault = self._fault(f"{task.type} {task.index}", "fail_task")
        try:
            if fault:
                raise Refusal(500, fault.code, "the stand-in was told to fail")
            getattr(self, f"_do_{task.type}")(task)
            task.status = "succeeded"
        except Refusal as refusal:
            task.status, task.error = "failed", refusal.body()

    def _do_indexCreation(self, task: Task) -> None:  # noqa: N802 - named as the server names the task
        assert task.index
        if task.index in self.indexes:
            raise Refusal(409, "index_already_exists", f"Index `{task.index}` already exists.")
        self.indexes[task.index] = Kept(task.work)

    def _do_indexDeletion(self, task: Task) -> None:  # noqa: N802
        assert task.index
        self._index(task.index)
        del self.indexes[task.index]

    def _do_settingsUpdate(self, task: Task) -> None:  # noqa: N802
        assert task.index
        self.indexes.setdefault(task.index, Kept()).settings.update(task.work)

    def _do_documentAdditionOrUpdate(self, task: Task) -> None:  # noqa: N802
        """All of a task's documents or none."""
        assert task.index
        kept = self.indexes.setdefault(task.index, Kept("id"))
        for document in task.work:
            if "id" not in document:
                raise Refusal(400, "missing_document_id", f"Document doesn't have a `id` attribute: `{document}`.")
            if not isinstance(document["id"], int) and not ID.match(str(document["id"])):
                raise Refusal(400, "invalid_document_id", f"Document identifier `{document['id']}` is invalid.")
            geo = document.get("_geo")
            if geo is not None and not (isinstance(geo, dict) and {"lat", "lng"} <= geo.keys()):
                said = f"The `_geo` field in the document with the id: `{document['id']}` is not an object."
                raise Refusal(400, "invalid_document_geo_field", said)
        kept.documents |= {str(d["id"]): d for d in task.work}

    def _do_documentDeletion(self, task: Task) -> None:  # noqa: N802
        assert task.index
        kept = self._index(task.index)
        test = self._filter(kept, task.work, "invalid_document_filter")
        kept.documents = {i: d for i, d in kept.documents.items() if not test(d)}

    def _do_indexSwap(self, task: Task) -> None:  # noqa: N802
        for swap in task.work:
            one, other = swap["indexes"]
            if swap.get("rename"):
                if other in self.indexes:
                    raise Refusal(400, "index_already_exists", f"Index `{other}` already exists.")
                self.indexes[other] = self._index(one)
                del self.indexes[one]
            else:
                self.indexes[one], self.indexes[other] = self._index(other), self._index(one)
