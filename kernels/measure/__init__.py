"""Layers timed where they stand, tables of them for the next solve, and how good their sums are."""
