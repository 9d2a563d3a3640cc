"""The tests' own ground: whatever a test wrote is gone before the next, and the schema's own rows are back."""

import psycopg
import pytest
from sqlalchemy import text

from app.platform import audit
from app.platform.db import libpq_url, reading, unit_of_work
from tests.support import databases
from tests.support.databases import Databases

WRITTEN = ("person", "organisation", "membership", "api_key", "audit_entry", "state_change", "procrastinate_jobs")


async def counts():
    async with reading() as session:
        return {t: (await session.execute(text(f"SELECT count(*) FROM {t}"))).scalar_one() for t in WRITTEN}


async def test_cleaning_empties_append_only_tables_too_and_resets_the_chain(make_person, make_organisation, cleaning):
    person = await make_person(org=await make_organisation(verified=True))
    await person.browser()
    filled = await counts()
    assert all(filled[t] for t in WRITTEN if t != "procrastinate_jobs"), filled
    assert (await audit.verify()).entries == filled["audit_entry"]
    databases.clean(cleaning)
    assert not any((await counts()).values())
    verdict = await audit.verify()
    assert (verdict.entries, verdict.sound) == (0, True)
    again = await make_person()
    assert again.id
    assert (await audit.verify()).sound


async def test_rows_that_came_with_the_schema_are_put_back(db, cleaning):
    async def all_rows():
        async with reading() as session:
            tables = (
                await session.execute(text("SELECT tablename FROM pg_tables WHERE schemaname = 'pristine'"))
            ).scalars()
            return {t: sorted(map(str, (await session.execute(text(f"TABLE public.{t}"))).all())) for t in tables}

    before = await all_rows()
    assert "audit_head" in before
    async with unit_of_work() as session:
        for table in before:
            await session.execute(text(f"DELETE FROM {table}"))
    databases.clean(cleaning)
    assert await all_rows() == before


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM audit_entry",
        "UPDATE audit_entry SET entry = '{}'",
        "TRUNCATE audit_entry",
        "UPDATE state_change SET reason = 'x'",
    ],
)
async def test_outside_the_cleaning_the_guards_are_on(make_organisation, statement):
    await make_organisation(verified=True)
    with pytest.raises(Exception, match="append-only"):
        async with unit_of_work() as session:
            await session.execute(text(statement))


def test_a_further_database_has_the_schema_and_is_ones_own(new_database: str, throwaway: Databases):
    with psycopg.connect(libpq_url(new_database)) as connection:
        assert connection.execute("SELECT seq FROM audit_head").fetchone() == (0,)
        assert connection.execute("SELECT count(*) FROM person").fetchone() == (0,)
