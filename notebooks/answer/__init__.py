"""The still faces of a solved question."""
