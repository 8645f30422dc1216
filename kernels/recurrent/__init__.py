"""Recurrent kernels whose tiles a solver chose."""
