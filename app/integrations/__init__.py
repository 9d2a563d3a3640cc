"""Other people's systems, one folder per need: port.py, the real adapter, and an offline twin."""
