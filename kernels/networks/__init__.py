"""Networks as torch modules, one builder for each op of `std.nn`."""
