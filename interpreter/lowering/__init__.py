"""Symbolic interpretation of a bound spec into an integer problem, by theme."""
