"""Likeness of meaning by vectors: a port, off unless a model is given.

Vectors of one language lean towards one another whatever they mean; taking each language's mean away first
(`centred`) leaves what tells texts apart. Likeness is added to the words so that it can raise a fit and never lower it
(`textfit.merged`).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Protocol

Vector = tuple[float, ...]


class Embedder(Protocol):
    """Turns texts into vectors of one length; slow, so only in a job."""

    def embed(self, texts: Sequence[str]) -> Sequence[Vector]: ...


def mean(vectors: Sequence[Vector]) -> Vector:
    return tuple(math.fsum(column) / len(vectors) for column in zip(*vectors, strict=True))


def centred(vector: Vector, middle: Vector) -> Vector:
    """Without its language's mean, at length 1 (a vector that is the mean itself stays nothing)."""
    moved = tuple(a - b for a, b in zip(vector, middle, strict=True))
    length = math.sqrt(math.fsum(a * a for a in moved))
    return tuple(a / length for a in moved) if length else moved


def likeness(a: Vector, b: Vector) -> float:
    """Of two centred vectors, 0..1; what points apart counts as nothing in common."""
    return min(max(math.fsum(x * y for x, y in zip(a, b, strict=True)), 0.0), 1.0)
