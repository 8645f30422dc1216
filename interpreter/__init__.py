"""From a checked spec to an exact integer problem, and back to names, units and architectures."""
