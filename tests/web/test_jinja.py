"""What the page environment does at compile time changes nothing of what a template says."""

from __future__ import annotations

from typing import Any

import pytest
from jinja2 import DictLoader, Environment, StrictUndefined, UndefinedError
from markupsafe import Markup

from app.web import i18n
from app.web.jinja import PageEnvironment, sentence
from app.web.templating import environment

PARTS = {
    "components/alone.html": "{% macro say(x) %}<b>{{ x }}</b>{{ _('Tìm') }}{% endmacro %}",
    "components/over.html": '{% from "components/alone.html" import say with context %}'
    "{% macro twice(x) %}{{ say(x) }}{{ say(x) }}{% endmacro %}",
    "components/bound.html": "{% macro here() %}{{ request_path }}{% endmacro %}",
    "components/calls.html": "{% macro box() %}<i>{{ caller() }}</i>{% endmacro %}",
}


def made(kind: type[Environment], locale: str = "vi") -> Any:
    env = kind(loader=DictLoader(PARTS), autoescape=True, undefined=StrictUndefined, extensions=["jinja2.ext.i18n"])
    t = i18n.translator(locale)
    env.install_gettext_callables(t.gettext, t.ngettext, newstyle=True)  # type: ignore[attr-defined]
    if isinstance(env, PageEnvironment):
        env.constants["_"] = sentence(t.gettext)
    return env


@pytest.mark.parametrize("locale", ["vi", "en"])
@pytest.mark.parametrize(
    "source",
    [
        "{{ x }}|{{ n }}|{{ m }}|{{ none }}|{{ list }}",
        "{{ _('Tìm') }} {{ _('Tìm') ~ x }} {{ _('Tìm %(what)s', what=x) }} {{ _('Giảm 100%%') }}",
        '{% from "components/over.html" import twice with context %}{{ twice(x) }}',
        '{% from "components/bound.html" import here with context %}{{ here() }}',
        '{% from "components/calls.html" import box with context %}{% call box() %}{{ x }}{% endcall %}',
        "{% autoescape false %}{{ x }}{% endautoescape %}{{ x|safe }}{{ x|e }}",
        "{% set y %}{{ x }}{% endset %}{{ y }}",
    ],
)
def test_pages_read_as_with_plain_jinja(source: str, locale: str) -> None:
    values = {
        "x": "<a & \"b\" 'c'>", "n": 7, "m": Markup("<hr>"), "none": None, "list": ["<", 1], "request_path": "/<x>",
    }  # fmt: skip
    ours, plain = (made(kind, locale).from_string(source).render(values) for kind in (PageEnvironment, Environment))
    assert ours == plain


def test_a_missing_name_is_still_an_error() -> None:
    with pytest.raises(UndefinedError):
        made(PageEnvironment).from_string("{{ nothing }}").render()
    with pytest.raises(UndefinedError):
        made(PageEnvironment).from_string(
            '{% from "components/bound.html" import here with context %}{{ here() }}'
        ).render()


def test_which_components_stand_alone() -> None:
    env = made(PageEnvironment)
    assert {name for name in PARTS if env.stands_alone(name)} == PARTS.keys() - {"components/bound.html"}
    assert environment("vi").stands_alone("components/icons.html")
    assert not environment("vi").stands_alone("components/buttons.html")  # its forms carry the visitor's token
