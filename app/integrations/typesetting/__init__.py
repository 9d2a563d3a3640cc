"""Documents: `typesetter()` gives what makes PDF/A of a template and its data. It needs no network and no account."""

from functools import lru_cache

from app.integrations.typesetting.port import Typesetter, TypesettingError
from app.integrations.typesetting.typeset import Typst

__all__ = ["Typesetter", "TypesettingError", "typesetter"]


@lru_cache
def typesetter() -> Typesetter:
    return Typst()
