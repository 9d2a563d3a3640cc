"""Valuations (định giá): methods, calculators, and the case from request to signed report."""
