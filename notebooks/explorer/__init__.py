"""The explorer: one control for every parameter, choice and named constraint of a bound spec."""
