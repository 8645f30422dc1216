"""Inverted-residual blocks as one kernel each, for inference on the processor."""
