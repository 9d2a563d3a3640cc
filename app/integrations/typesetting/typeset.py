"""The typesetter: typst, with the fonts that come with it and no others, so that every machine sets the same page.

A template reads its data as JSON from `sys.inputs.data`: whatever stands in a string comes out as those characters.
It can open no file outside `templates/documents` and nothing on the network.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

import typst

from app.integrations.typesetting.port import TypesettingError
from app.settings import ROOT

TEMPLATES = ROOT / "templates" / "documents"
UNKNOWN = "□"
# What the fonts can show: Latin with all of Vietnamese, Greek, Cyrillic, punctuation, currencies, arrows, mathematics,
# shapes. PDF/A allows no glyph to be missing, and signs that turn the direction of text have no place in a report.
_UNSHOWN = re.compile(
    "[^\n -~\u00a0-\u00ac\u00ae-\u036f\u0384-\u038a\u038c\u038e-\u03a1\u03a3-\u03ff\u0400-\u045f\u1e00-\u1eff"
    "\u1d40\u200b\u2010-\u2015\u2018-\u201f\u2020-\u2022\u2026\u202f\u2030-\u203a\u2044\u2070\u2071\u2074-\u208e"
    "\u20a0-\u20bf\u2100-\u211e\u2122\u2126-\u214f"
    "\u2190-\u22ff\u25a0-\u25ff]"
)


def shown(value: Any) -> Any:
    """The data with every character the fonts lack as a square; numbers, truth values and None as they are."""
    if isinstance(value, str):
        return _UNSHOWN.sub(UNKNOWN, value)
    if isinstance(value, Mapping):
        return {k: shown(v) for k, v in value.items()}
    return [shown(v) for v in value] if isinstance(value, list | tuple) else value


class Typst:
    def __init__(self, templates: Path = TEMPLATES) -> None:
        self._templates = templates
        self._fonts = typst.Fonts(include_system_fonts=False)
        self._compilers: dict[str, typst.Compiler] = {}
        self._lock = threading.Lock()

    def pdf(self, template: str, data: Mapping[str, Any], *, made_on: date) -> bytes:
        given = json.dumps(shown(data), ensure_ascii=False, sort_keys=True, allow_nan=False)
        at = int(datetime.combine(made_on, time(), UTC).timestamp())
        # A compiler keeps what the last document gave it: one document at a time.
        with self._lock:
            try:
                made = self._compiler(template).compile(
                    format="pdf", sys_inputs={"data": given}, pdf_standards=["a-2b"], timestamp=at
                )
            except Exception as error:
                raise TypesettingError(f"{template}: {error}") from error
            except BaseException as error:
                # A panic of the library is no Exception to Python; what it leaves behind is not used again.
                if type(error).__name__ != "PanicException":
                    raise
                self._compilers.clear()
                raise TypesettingError(f"{template}: {error}") from error
        if not isinstance(made, bytes):
            raise TypesettingError(f"{template}: no document")
        return made

    def _compiler(self, template: str) -> typst.Compiler:
        if template not in self._compilers:
            if not re.fullmatch(r"[a-z_]+", template):
                raise TypesettingError(f"{template!r} is no template")
            self._compilers[template] = typst.Compiler(
                self._templates / f"{template}.typ",
                root=self._templates,
                font_paths=self._fonts,
                ignore_system_fonts=True,
            )
        return self._compilers[template]
