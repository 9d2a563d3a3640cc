"""The command line: `santex`. Each command puts the process together, calls one verb, and says what happened."""

from __future__ import annotations

import asyncio
import contextlib
import getpass
import json
import os
import signal
import sys
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Annotated, Any, NoReturn, TypeVar
from uuid import UUID

import typer
import uvicorn
from pydantic import ValidationError
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn
from rich.table import Table

import search
from app import __version__, demo, doctor, evaluation, invariants, wiring
from app import worker as worker_process
from app.accounts import OrganisationKind, accounts
from app.accounts.schemas import CreateKey
from app.kit.actor import Actor, Role, Staff
from app.kit.errors import DomainError
from app.kit.jsonl import Report
from app.listings.imports import import_technologies
from app.matching import evaluation as matching_evaluation
from app.matching.textfit import PARTS
from app.needs.imports import import_needs
from app.platform import audit, db, embedded, migrate, outbox, telemetry
from app.settings import settings
from app.valuations import valuating
from app.valuations.paper import Difference
from search import check
from search.evaluation import Variant
from search.fallback import FallbackEngine
from search.meilisearch import MeilisearchEngine, Server, ServerError, set_up_key
from search.pending import Busy, PostgresJournal
from search.sources import sources
from search.sync import building

app = typer.Typer(help="santex: an open technology exchange.", no_args_is_help=True, pretty_exceptions_enable=False)
imports = typer.Typer(help="Bring in data from files.", no_args_is_help=True)
users = typer.Typer(help="People and their duties.", no_args_is_help=True)
orgs = typer.Typer(help="Organisations.", no_args_is_help=True)
tokens = typer.Typer(help="API keys.", no_args_is_help=True)
audits = typer.Typer(help="The audit log.", no_args_is_help=True)
searches = typer.Typer(help="The search index and its engines.", no_args_is_help=True)
matchings = typer.Typer(help="Needs and the technologies that answer them.", no_args_is_help=True)
for name, part in (
    ("import", imports), ("user", users), ("org", orgs), ("token", tokens), ("audit", audits), ("search", searches),
    ("matching", matchings),
):  # fmt: skip
    app.add_typer(part, name=name)

out = Console(soft_wrap=True)
err = Console(stderr=True, soft_wrap=True)
T = TypeVar("T")
ADMIN = Actor(person_name="santex command line", staff=frozenset({Staff.admin, Staff.operator}))


def _fail(message: str) -> NoReturn:
    err.print(message, style="red", markup=False)
    raise typer.Exit(1)


def _run(work: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine with this process connected to its database; refusals become one line and exit code 1."""

    async def connected() -> T:
        wiring.start()
        try:
            return await work
        finally:
            await wiring.stop()

    try:
        return asyncio.run(connected())
    except DomainError as error:
        lines = [error.text.en, *(f"  {f}: {t.en}" for f, t in error.fields.items())]
        _fail("\n".join(lines))


def run() -> None:
    """The command's entry: a setting that does not fit is one clear line each, never a traceback."""
    try:
        settings()
    except ValidationError as error:
        for item in error.errors(include_url=False, include_input=False):
            name = "_".join(str(p) for p in item["loc"]).upper() or "settings"
            err.print(f"{name}: {item['msg']}", style="red", markup=False)
        raise SystemExit(2) from None
    app(prog_name="santex")


@app.callback(invoke_without_command=True)
def main(version: Annotated[bool, typer.Option("--version", help="Show the version and leave.")] = False) -> None:
    if version:
        out.print(f"santex {__version__}")
        raise typer.Exit
    telemetry.configure_logging("WARNING")


@app.command()
def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on.")] = None,
    workers: Annotated[int | None, typer.Option(help="Web processes.")] = None,
) -> None:
    """Serve pages and API (and the outbox worker, unless WORKER_IN_WEB=false)."""
    with _embedded():
        migrate.upgrade(db.resolve_url())
        _serve(host or settings().listen_host, port or settings().listen_port, workers or settings().web_workers)


@contextlib.contextmanager
def _embedded() -> Iterator[None]:
    """Whatever happens inside, the embedded server is not left running when nobody else uses it."""
    # uvicorn raises SIGTERM once more after its own shutdown; as an exit, our clean-up still runs.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        yield
    finally:
        if not settings().database_url:
            embedded.stop_if_idle(settings().data_dir / "postgres")


def _serve(host: str, port: int, workers: int = 1) -> None:
    # Ctrl-C is how a person stops it: that is no failure worth a traceback.
    with contextlib.suppress(KeyboardInterrupt):
        uvicorn.run(
            "app.main:app",
            host=host,
            port=port,
            workers=workers,
            loop="uvloop",
            http="httptools",
            log_level="warning",
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=10,
            proxy_headers=True,
        )


@app.command()
def worker() -> None:
    """Run the outbox alone (set WORKER_IN_WEB=false for the web processes)."""
    worker_process.run()


@app.command(name="migrate")
def migrate_() -> None:
    """Bring the database up to this version."""
    migrate.upgrade(db.resolve_url())
    out.print("the database is up to date")


@app.command(name="demo")
def demo_(
    host: Annotated[str, typer.Option()] = "127.0.0.1",
    port: Annotated[int, typer.Option()] = 8000,
    load_only: Annotated[bool, typer.Option("--load-only", help="Fill the database and leave.")] = False,
) -> None:
    """A populated exchange with invented content, on this machine."""
    os.environ["DEMO"] = "true"  # the web process, a child or this one, shows what the content is
    settings.cache_clear()
    with _embedded():
        demo.prepare(err)
        if not load_only:
            demo.announce(out, host, port)
            _serve(host, port)


@imports.command("technologies")
def import_technologies_(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True)],
    source: Annotated[str, typer.Option(help="Name of the source; ids are unique within it.")] = "jsonl",
    report: Annotated[Path | None, typer.Option(help="Write rejected rows as JSON Lines here.")] = None,
    index: Annotated[bool, typer.Option(help="Index at once instead of leaving it to the worker.")] = True,
) -> None:
    """Import technologies from JSON Lines: idempotent, whole rows or none, rejected rows with reasons."""

    _import(import_technologies, file, source, report, index)


@imports.command("needs")
def import_needs_(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True)],
    source: Annotated[str, typer.Option(help="Name of the source; ids are unique within it.")] = "jsonl",
    report: Annotated[Path | None, typer.Option(help="Write rejected rows as JSON Lines here.")] = None,
    index: Annotated[bool, typer.Option(help="Index at once instead of leaving it to the worker.")] = True,
) -> None:
    """Import needs from JSON Lines: idempotent, whole rows or none, rejected rows with reasons."""
    _import(import_needs, file, source, report, index)


def _import(
    verb: Callable[..., Coroutine[Any, Any, Report]], file: Path, source: str, report: Path | None, index: bool
) -> None:
    size = file.stat().st_size

    async def work() -> Report:
        with _progress() as bar:
            task = bar.add_task("importing", total=size)
            done = await verb(ADMIN, file, source=source, progress=lambda at: bar.update(task, completed=at))
        if index:
            with err.status("indexing"):
                await outbox.drain(db.database().url, long=False)
        return done

    done = _run(work())
    for row in done.rejected[:20]:
        err.print(f"line {row.line} ({row.id or 'no id'}): {'; '.join(row.reasons)}", markup=False)
    if len(done.rejected) > 20:
        err.print(f"... and {len(done.rejected) - 20} more; --report FILE keeps them all")
    if report:
        with report.open("w", encoding="utf-8") as f:
            for row in done.rejected:
                f.write(json.dumps({"line": row.line, "id": row.id, "reasons": row.reasons}, ensure_ascii=False) + "\n")
    out.print(
        f"read {done.read}, created {done.created}, updated {done.updated}, unchanged {done.unchanged},"
        f" rejected {len(done.rejected)}"
    )


def _progress() -> Progress:
    return Progress(
        TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn(), console=err
    )


@users.command("add")
def user_add(
    email: str,
    name: str,
    org: Annotated[UUID | None, typer.Option(help="Organisation to join.")] = None,
    role: Annotated[Role, typer.Option(help="Role in it.")] = Role.member,
) -> None:
    """Create a person (the password is asked for, or read from standard input)."""
    password = _password()
    made = _run(accounts.create_person(ADMIN, email=email, name=name, password=password, org_id=org, role=role))
    out.print(str(made))


def _password() -> str:
    return getpass.getpass("password: ") if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")


@users.command("list")
def user_list(limit: int = 200) -> None:
    """People with their organisations and roles."""
    table = Table("e-mail", "name", "organisation", "role")
    for row in _run(accounts.list_people(limit)):
        table.add_row(*(v or "" for v in row))
    out.print(table)


@users.command("password")
def user_password(email: str) -> None:
    """Set a person's password; ends their sessions."""
    _run(accounts.set_password(ADMIN, email, _password()))
    out.print("done; every session of theirs has ended")


@users.command("grant")
def user_grant(email: str, duty: Staff) -> None:
    """Give a duty on the exchange: operator, department or admin."""
    _run(accounts.grant_duty(ADMIN, email, duty))
    out.print(f"{email} is {duty.value} now")


@users.command("revoke")
def user_revoke(email: str, duty: Staff) -> None:
    """Take a duty away."""
    _run(accounts.revoke_duty(ADMIN, email, duty))
    out.print(f"{email} is {duty.value} no longer")


@users.command("disable")
def user_disable(email: str) -> None:
    """Lock a person out; their work stays."""
    _run(accounts.disable_person(ADMIN, email))
    out.print("disabled")


@orgs.command("add")
def org_add(name: str, kind: OrganisationKind, province: int | None = None) -> None:
    """Create an organisation; prints its id."""
    out.print(str(_run(accounts.add_organisation(ADMIN, name=name, kind=kind, province=province))))


@orgs.command("list")
def org_list(limit: int = 200) -> None:
    """Organisations in Vietnamese order."""
    table = Table("id", "name", "kind", "status")
    for row in _run(accounts.list_organisations(limit)):
        table.add_row(str(row.id), row.name_vi, row.kind.value, row.status)
    out.print(table)


@orgs.command("verify")
def org_verify(org_id: UUID) -> None:
    """Mark an organisation as verified."""
    _run(accounts.change_standing(ADMIN, org_id, "verify"))
    out.print("verified")


@orgs.command("suspend")
def org_suspend(org_id: UUID, reason: str) -> None:
    """Suspend an organisation: its listings are no longer shown."""
    _run(accounts.change_standing(ADMIN, org_id, "suspend", reason))
    out.print("suspended")


@tokens.command("create")
def token_create(
    user: Annotated[str, typer.Option(help="E-mail of the person the key acts for.")],
    name: str = "command line",
    read_only: Annotated[bool, typer.Option("--read-only")] = False,
    days: Annotated[int | None, typer.Option(help="Days until it expires.")] = None,
) -> None:
    """Print an API key for scripts; it is shown this once."""
    key = _run(accounts.key_for(ADMIN, user, CreateKey(name=name, read_only=read_only, days=days)))
    typer.echo(key.key)


@app.command()
def reindex() -> None:
    """Build the search indexes beside those in use, then swap."""

    async def work() -> list[str]:
        said = []
        for index, source in sources().items():
            async with building(index):
                said.append(f"{await search.engine().rebuild(index, source.every())} {index} indexed")
        return [*said, *(f"but: {n.text.en} {n.detail}" for n in search.notices())]

    try:
        with err.status("building the index"):
            said = _run(work())
    except Busy:
        _fail("another process is building an index; wait for it, then run this again")
    for line in said:
        out.print(line, markup=False)


@searches.command("evaluate")
def search_evaluate(
    engine: Annotated[str, typer.Option(help="Which engine: " + ", ".join(evaluation.ENGINES) + ".")] = "postgres",
    passages: Annotated[Path | None, typer.Option(exists=True, dir_okay=False, help="Texts, in XQuAD's shape.")] = None,
    queries: Annotated[Path | None, typer.Option(exists=True, dir_okay=False, help="Questions about them.")] = None,
    asked: Annotated[str, typer.Option(help="Language of the questions: vi or en.")] = "vi",
    read: Annotated[str, typer.Option(help="Language of the texts: vi or en.")] = "vi",
    variant: Annotated[Variant, typer.Option(help="How the questions are typed.")] = Variant.AS_IS,
    as_json: Annotated[bool, typer.Option("--json", help="JSON even on a terminal.")] = False,
) -> None:
    """Ask labelled queries of an index that is thrown away: hit@1, nDCG@10, recall@10, MRR, zero hits, milliseconds."""
    if bool(passages) != bool(queries) or {asked, read} - set(evaluation.LANGUAGES):
        _fail("give --passages and --queries together, and vi or en as languages")
    given = evaluation.from_files(passages, queries, asked, read) if passages and queries else evaluation.demo()
    found = _run(evaluation.evaluate(given, engine=engine, variant=variant))
    if as_json or not out.is_terminal:
        typer.echo(json.dumps(found, indent=1, ensure_ascii=False))
        return
    rows = {"all": found["figures"], "baseline": found["baseline"], **found["kinds"]}
    table = Table("", *found["figures"], title=f"{found['collection']}, {engine}, {variant.value}")
    for name_, figures in rows.items():
        table.add_row(name_, *(str(figures[measure]) for measure in found["figures"]))
    out.print(table)


@matchings.command("evaluate")
def matching_evaluate(
    needs: Annotated[Path, typer.Option(exists=True, dir_okay=False, help="Needs, a row of JSON a line.")],
    technologies: Annotated[Path, typer.Option(exists=True, dir_okay=False, help="Technologies, likewise.")],
    matches: Annotated[Path, typer.Option(exists=True, dir_okay=False, help="Which technologies answer which need.")],
    link: Annotated[str | None, typer.Option(help="Only matches known in this way: topic_code or same_title.")] = None,
    hide_titles: Annotated[
        bool, typer.Option("--hide-titles", help="Compare without the titles of the needs.")
    ] = False,
    need_lang: Annotated[str, typer.Option(help="Language of the needs: vi or en.")] = "en",
    technology_lang: Annotated[str, typer.Option(help="Language of the technologies: vi, en or any.")] = "any",
    variant: Annotated[Variant, typer.Option(help="How the needs are typed: as-is or no-diacritics.")] = Variant.AS_IS,
    without: Annotated[list[str] | None, typer.Option(help="Leave out a part: " + ", ".join(PARTS) + ".")] = None,
    ablations: Annotated[bool, typer.Option("--ablations", help="Measure again without each part.")] = False,
) -> None:
    """Find the technologies known to answer each need: recall@1, @10, @50, MRR, milliseconds per need, as JSON."""
    if need_lang not in matching_evaluation.LANGUAGES or technology_lang not in (*matching_evaluation.LANGUAGES, "any"):
        _fail("give vi or en as the language of the needs; vi, en or any as that of the technologies")
    if variant is Variant.TYPO:
        _fail("needs are compared as they are or without diacritics")
    try:
        found = matching_evaluation.evaluate(
            needs, technologies, matches,
            link=link, hide_titles=hide_titles, need_lang=need_lang, technology_lang=technology_lang,
            marks=variant is Variant.AS_IS, without=without or (), ablations=ablations,
        )  # fmt: skip
    except DomainError as error:
        _fail(error.text.en)
    typer.echo(json.dumps(found, indent=1, ensure_ascii=False))


@searches.command("setup")
def search_setup() -> None:
    """Make the scoped key for the site's processes on the Meilisearch server, and its indexes with today's settings.

    Reads MEILI_URL, MEILI_PREFIX and MEILI_MASTER_KEY; the master key belongs in no other process's environment.
    """
    s, master = settings(), os.environ.get("MEILI_MASTER_KEY", "")
    if not s.meili_url or not master:
        _fail("set MEILI_URL, and MEILI_MASTER_KEY for this one command")

    async def work() -> list[str]:
        key = await set_up_key(s.meili_url, master, s.meili_prefix, f"santex {s.meili_prefix}")
        engine = MeilisearchEngine(Server(s.meili_url, key.key), prefix=s.meili_prefix, journal=PostgresJournal())
        said = []
        for index in search.INDEXES:
            outdated = await engine.set_up(index)
            said.append(f"{engine.uid(index)}: settings applied" + ("; run `santex reindex`" if outdated else ""))
        await engine.close()
        return [*said, f"rights: {', '.join(key.actions)} on {', '.join(key.indexes)}", f"MEILI_KEY={key.key}"]

    try:
        said = _run(work())
    except ServerError as error:
        _fail(str(error))
    for line in said:
        out.print(line, markup=False, highlight=False)


@searches.command("status")
def search_status() -> None:
    """Compare every index with the database, document by document; mend what differs and say what it was."""

    async def work() -> list[str]:
        said = []
        for index, source in sources().items():
            for d in await check.mend(search.engine(), index, source):
                same = "same" if d.wanted == d.held else f"{len(d.missing)} missing, {len(d.surplus)} too many"
                other = f", {len(d.other)} out of date; mended" if d.wanted != d.held else ""
                counts = f"{d.held_documents} of {d.documents}, {d.held} against {d.wanted}"
                said.append(f"{d.engine} {index}: {counts}: {same}{other}")
            if isinstance(engine := search.engine(), FallbackEngine):
                backlog = await engine.look_at_backlog(index)
                said.append(f"{engine.first.name} {index}: {backlog.waiting} waiting, {len(backlog.refused)} refused")
                said += [f"  {id_}: {why}" for id_, why in backlog.refused.items()]
        status = await search.engine().status()
        said += [f"{i.name}: built under other settings; the worker builds it anew" for i in status.indexes if i.stale]
        return [*said, *(f"{n.code}: {n.text.en} {n.detail}" for n in search.notices())]

    try:
        said = _run(work())
    except ServerError as error:
        _fail(str(error))
    for line in said:
        out.print(line, markup=False, highlight=False)


@app.command()
def valuate(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True, help="A calculation or a paper.")],
    as_json: Annotated[bool, typer.Option("--json", help="Every number exactly, as JSON.")] = False,
    verify: Annotated[bool, typer.Option("--verify", help="FILE is a report: compute it again and compare.")] = False,
) -> None:
    """Compute a valuation from FILE, for reference; exits with 1 when an input, or with --verify a figure, is wrong."""
    try:
        if verify:
            _verified(valuating.verify(file.read_bytes()))
            return
        found = valuating.valuate(file.read_bytes())
    except DomainError as error:
        _fail("\n".join(f"{f}: {t.en}" for f, t in error.fields.items()) or error.text.en)
    if as_json:
        typer.echo(valuating.as_json(found))
        return
    for part in valuating.shown(found):
        out.print(part, markup=not isinstance(part, str), highlight=False)


def _verified(found: list[Difference]) -> None:
    if found:
        _fail("\n".join(f"{d.path}: the report says {d.stated}, computed {d.recomputed}" for d in found))
    out.print("the report's figures are those of its paper, to the last digit")


@audits.command("verify")
def audit_verify() -> None:
    """Recompute the hash chain; names the first broken link and exits with 1."""
    verdict = _run(audit.verify())
    if not verdict.sound:
        _fail(f"broken at entry {verdict.broken_at}: {verdict.why}")
    out.print(f"{verdict.entries} entries, unbroken; head {verdict.head}", highlight=False)


@app.command(name="invariants")
def invariants_() -> None:
    """Check what must always hold, by queries of their own; exits with 1 when something does not."""
    found = _run(invariants.check())
    for item in found:
        out.print(f"{'ok  ' if item.holds else 'FAIL'} {item.name}" + ("" if item.holds else f": {item.detail}"))
    if any(not i.holds for i in found):
        raise typer.Exit(1)


@app.command(name="doctor")
def doctor_() -> None:
    """Look at database, index, outbox, mail, storage and clock; says what is wrong and how to mend it."""
    found = asyncio.run(doctor.examine())
    for item in found:
        mark = "[green]ok[/green]  " if item.well else "[red]FAIL[/red]"
        out.print(f"{mark} {item.name}: {item.said}")
        if item.mend:
            out.print(f"     → {item.mend}")
    if any(not i.well for i in found):
        raise typer.Exit(1)


if __name__ == "__main__":
    run()
