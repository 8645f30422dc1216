"""Measured layers against what the machine can do, and how far each is from what was expected."""
