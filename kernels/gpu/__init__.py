"""Recurrent kernels for a CUDA GPU: persistent programs, written from the cells' graphs."""
