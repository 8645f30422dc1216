"""Recurrent cells as data: gates, states, and a symbolic graph of what happens between them."""
