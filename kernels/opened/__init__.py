"""A built network opened for one input: every layer's result, and the arithmetic of one number."""
