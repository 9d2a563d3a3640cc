"""Jinja2 with a little less to do for each page, meaning the same.

When a template is compiled: a sentence without places (`_("Tìm")`) becomes the sentence in the environment's
language; a component that uses nothing of the page (see `stands_alone`) is imported once and kept, though templates
write `with context` everywhere; and, outside development, the address of a file under static/ becomes a constant.
What is put out is escaped as `escape` does it, but not wrapped as markup only to be joined with the next piece.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from jinja2 import Environment, TemplateNotFound, meta, nodes
from jinja2.compiler import CodeGenerator, Frame
from jinja2.visitor import NodeTransformer
from markupsafe import Markup, escape

try:
    from markupsafe._speedups import _escape_inner as escaped  # the C function under `escape`: text in, text out
except ImportError:
    from markupsafe._native import _escape_inner as escaped

# Inside a macro these are Jinja's own.
OWN = {"caller", "varargs", "kwargs"}


def written(value: Any) -> str:
    """A value as it stands in HTML."""
    kind = type(value)
    if kind is str:
        return escaped(value)
    if kind is Markup:
        return value  # type: ignore[no-any-return]
    return str(value) if kind is int else escape(value)


class _Generator(CodeGenerator):
    def _output_child_pre(self, node: nodes.Expr, frame: Frame, finalize: Any) -> None:
        if frame.eval_ctx.autoescape and not frame.eval_ctx.volatile and finalize.src is None:
            self.write("environment.written(")
        else:
            super()._output_child_pre(node, frame, finalize)


class PageEnvironment(Environment):
    """`constants`: global functions of one text whose answers are known when a template is compiled."""

    code_generator_class = _Generator
    written = staticmethod(written)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.constants: dict[str, Callable[[str], str]] = {}
        self._alone: dict[str, bool] = {}

    def compile(self, source: Any, name: str | None = None, filename: str | None = None, *args: Any, **kw: Any) -> Any:
        tree = self.parse(source, name, filename) if isinstance(source, str) else source
        if isinstance(tree, nodes.Template):
            _Shorter(self).visit(tree)
        return super().compile(tree, name, filename, *args, **kw)

    def stands_alone(self, name: str) -> bool:
        """Whether a component names nothing but the environment's globals, and imports only its like."""
        if name not in self._alone:
            self._alone[name] = False  # for a circle of imports
            self._alone[name] = self._looked_up(name)
        return self._alone[name]

    def _looked_up(self, name: str) -> bool:
        if self.loader is None:
            return False
        try:
            source, filename, _ = self.loader.get_source(self, name)
        except TemplateNotFound:
            return False
        tree = self.parse(source, name, filename)
        if meta.find_undeclared_variables(tree) - self.globals.keys() - OWN:
            return False
        return all(
            isinstance(other, str) and self.stands_alone(other) for other in meta.find_referenced_templates(tree)
        )


class _Shorter(NodeTransformer):
    def __init__(self, environment: PageEnvironment) -> None:
        self.environment = environment

    def visit_FromImport(self, node: nodes.FromImport) -> nodes.Node:  # noqa: N802 - Jinja's way of naming visitors
        if isinstance(node.template, nodes.Const) and self.environment.stands_alone(node.template.value):
            node.with_context = False
        return node

    def visit_Call(self, node: nodes.Call) -> nodes.Node:  # noqa: N802
        self.generic_visit(node)
        plain = len(node.args) == 1 and not (node.kwargs or node.dyn_args or node.dyn_kwargs)
        if not plain or not isinstance(node.node, nodes.Name) or not isinstance(node.args[0], nodes.Const):
            return node
        known, said = self.environment.constants.get(node.node.name), node.args[0].value
        if known is None or not isinstance(said, str):
            return node
        return nodes.Const(known(said), lineno=node.lineno, environment=self.environment)


def sentence(gettext: Callable[[str], str]) -> Callable[[str], str]:
    """As `_()` answers in a template: safe, and with "%%" standing for a percent sign."""
    return lambda message: Markup(gettext(message)) % {}  # noqa: S704 - our own words from a template or a catalogue
