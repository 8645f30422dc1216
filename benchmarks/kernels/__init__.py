"""Every figure of the kernels beside its goal, by one command: `python -m benchmarks.kernels`."""
