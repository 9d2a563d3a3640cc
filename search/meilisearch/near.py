"""Near documents: those that hold most of what a sentence speaks of, weighed as the engine on PostgreSQL weighs. Pure.

Meilisearch reads ten words of a query and drops the common ones; a sentence is more. So each of its clues (words,
pairs of neighbours, known terms) is a request of its own, all in one multi-search, and the answers are added up here:
a rare clue weighs more (`ln(1 + N / n)`), one in the title or keywords up to twice (the server's ranking score says
where it stands).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from search.meilisearch.reading import Plan, piece
from search.query import clues

# A clue that so many documents hold says little; of the others all are seen.
CAPPED = 300
MAX_CLUES = 48
MAX_NEAR = 500
# What part of the best one's weight is enough.
ENOUGH = 0.3


def requests(planned: Plan) -> list[dict[str, Any]]:
    """One a clue, after one that counts all documents; what is excluded, and phrases, hold for each."""
    required = [piece(words, "-") for words in planned.parsed.excluded]
    required += [piece(g.words) for g in planned.parsed.groups if g.phrase]
    # Not by what is chosen in the facets: a facet's counts are those without its own choice.
    base = {"indexUid": planned.uid, "filter": list(planned.spans) or None, "attributesToRetrieve": ["id"]}
    return [
        base | {"q": "", "page": 1, "hitsPerPage": 0},
        *(
            base
            | {
                # The blank: the last word is whole.
                "q": " ".join([*required, f'"{" ".join(clue)}"' if len(clue) > 1 else f"{clue[0]} "]),
                "matchingStrategy": "all",
                "limit": CAPPED,
                "showRankingScore": True,
            }
            for clue in clues(planned.parsed)[:MAX_CLUES]
        ),
    ]


def nearest(found: Sequence[Mapping[str, Any]], kept: Sequence[str]) -> list[str]:
    """Ids, the nearest first; those in `kept` (they hold every word) stay whatever their weight."""
    whole, *answers = found
    everything = int(whole.get("totalHits") or 0)
    weights: dict[str, float] = dict.fromkeys(kept, 0.0)
    for answer in answers:
        hits = answer["hits"]
        if not hits:
            continue
        rare = math.log(1 + everything / max(int(answer.get("estimatedTotalHits") or 0), len(hits)))
        for hit in hits:
            weights[hit["id"]] = weights.get(hit["id"], 0.0) + rare * (1 + float(hit.get("_rankingScore") or 0.0))
    enough = ENOUGH * max(weights.values(), default=0.0)
    stays = set(kept)
    near = [i for i, weight in weights.items() if weight >= enough or i in stays]
    # Equals stay in the order in which the server named them, which ends with the fresher first.
    return sorted(near, key=lambda i: -weights[i])[:MAX_NEAR]
