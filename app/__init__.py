"""santex: an open technology exchange (sàn giao dịch công nghệ). The map is in README.md."""

__version__ = "0.1.0"
