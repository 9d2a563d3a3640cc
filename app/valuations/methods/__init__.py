"""Methods of valuation (phương pháp định giá): pure functions under stable names, and what they take.

`METHODS` holds each by its name: `METHODS["relief_from_royalty"].calculate(inputs)`. Nothing here reads a database, a
clock or a file.
"""

from typing import Any

from app.valuations.methods.base import Method

METHODS: dict[str, Method[Any]] = {}
