"""The schema of a test database."""

from __future__ import annotations

import importlib
import pkgutil

import app
from app.platform import migrate

# Everything a test wrote is deleted again, whatever table it went to; rows the schema itself brought are put back.
# Foreign keys and append-only triggers are off for that one statement (this is why the role must be a superuser).
CLEANER = """
CREATE SCHEMA pristine;

CREATE FUNCTION pristine.remember() RETURNS void LANGUAGE plpgsql AS $$
DECLARE t text; filled boolean;
BEGIN
  FOR t IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1 LOOP
    EXECUTE format('SELECT EXISTS (SELECT 1 FROM public.%1$I)', t) INTO filled;
    IF filled THEN EXECUTE format('CREATE TABLE pristine.%1$I AS TABLE public.%1$I', t); END IF;
  END LOOP;
END $$;

CREATE FUNCTION pristine.clean() RETURNS int LANGUAGE plpgsql SET session_replication_role = 'replica' AS $$
DECLARE t text; kept boolean; dirty boolean; cleaned int := 0; columns text;
BEGIN
  FOR t, kept IN
    SELECT p.tablename, k.tablename IS NOT NULL FROM pg_tables p
    LEFT JOIN pg_tables k ON k.schemaname = 'pristine' AND k.tablename = p.tablename
    WHERE p.schemaname = 'public'
  LOOP
    IF kept THEN
      EXECUTE format('SELECT EXISTS (TABLE public.%1$I EXCEPT ALL TABLE pristine.%1$I)'
                     ' OR EXISTS (TABLE pristine.%1$I EXCEPT ALL TABLE public.%1$I)', t) INTO dirty;
    ELSE
      EXECUTE format('SELECT EXISTS (SELECT 1 FROM public.%1$I)', t) INTO dirty;
    END IF;
    CONTINUE WHEN NOT dirty;
    cleaned := cleaned + 1;
    EXECUTE format('DELETE FROM public.%1$I', t);
    IF kept THEN
      SELECT string_agg(quote_ident(attname), ', ') INTO columns FROM pg_attribute
      WHERE attrelid = format('public.%1$I', t)::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = '';
      EXECUTE format('INSERT INTO public.%1$I (%2$s) OVERRIDING SYSTEM VALUE'
                     ' SELECT %2$s FROM pristine.%1$I', t, columns);
    END IF;
  END LOOP;
  RETURN cleaned;
END $$;

SELECT pristine.remember();
"""


def import_models() -> None:
    """Every app.*.models, so that `Base.metadata` is whole."""
    for module in pkgutil.iter_modules(app.__path__, "app."):
        if module.ispkg and importlib.util.find_spec(f"{module.name}.models"):
            importlib.import_module(f"{module.name}.models")


def create(url: str) -> None:
    """Bring an empty database to this version, by the migrations a real one goes through."""
    migrate.upgrade(url)
