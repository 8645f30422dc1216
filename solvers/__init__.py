"""Exact answers to integer problems; knows nothing of networks, units or text."""
