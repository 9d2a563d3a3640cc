"""What the product asks of a typesetter: data into a template, a PDF/A out; the same bytes for the same data."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, Protocol


class TypesettingError(Exception):
    """The template or its data could not be set."""


class Typesetter(Protocol):
    def pdf(self, template: str, data: Mapping[str, Any], *, made_on: date) -> bytes:
        """PDF/A-2b of `templates/documents/<template>.typ` with `data` (JSON's types). Text in the data is text, never
        markup. `made_on` is the document's creation date. Blocks; call it off the event loop. TypesettingError."""
        ...
