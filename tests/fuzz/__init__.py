"""Random wrong texts through the whole pipeline: `python -m tests.fuzz --minutes 30`."""
