"""What runs: the probe of a machine, torch modules, and recurrent kernels with solved tiles."""
