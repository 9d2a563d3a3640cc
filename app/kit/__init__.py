"""Pure values shared by every layer: no I/O, no framework, no state (the frozen test clock apart)."""
