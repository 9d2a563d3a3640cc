"""The catalogue (danh mục công nghệ): what anyone may browse, search and compare, and the feeds of it.

Hits come from the index and are read again from the database under the public's visibility: a stale document can
never show a draft. Verbs: search, similar, suggest, home_figures.
"""

from app.catalogue.service import Catalogue, catalogue

__all__ = ["Catalogue", "catalogue"]
