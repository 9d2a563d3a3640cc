"""Commands in, views out, by verb group."""
