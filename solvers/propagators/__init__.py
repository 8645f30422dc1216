"""Propagators: one constraint kind per file."""
