"""Mails from templates/mail: the first line is the subject, the rest the body, both plain text."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from app.web import i18n
from app.web.templating import TEMPLATES, Site, environment


@lru_cache
def _environment(locale: str) -> Environment:
    env = Environment(
        loader=FileSystemLoader(TEMPLATES / "mail"),
        autoescape=False,  # noqa: S701 - plain text, never HTML
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    t = i18n.translator(locale)
    env.install_gettext_callables(t.gettext, t.ngettext, newstyle=True)  # type: ignore[attr-defined]
    env.filters.update(
        {k: v for k, v in environment(locale).filters.items() if k in ("money", "date", "datetime", "label")}
    )
    env.globals["site"] = Site()
    return env


def compose(template: str, locale: str, **context: Any) -> tuple[str, str]:
    text = _environment(locale).get_template(f"{template}.txt").render(**context)
    subject, _, body = text.partition("\n")
    return subject.strip(), body.strip() + "\n"
