"""Benchmarks of santex, and beside them in the same run the limit of this stack. `make bench` prints JSON.

`generate` makes seeded content, `stock` fills a database of its own with it, `limit` is the bare application the
figures are compared with, `processes` starts and observes servers, `load` asks them, `__main__` puts a run together.
Everything stays on loopback and every loop is bounded.
"""
