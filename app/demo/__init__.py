"""The demo exchange: invented organisations, people, technologies and deals in every stage, through the real verbs.

Its content lies in `demo/` at the project's root, written for it and marked as illustration in the product.
"""

from app.demo.loader import announce, prepare

__all__ = ["announce", "prepare"]
