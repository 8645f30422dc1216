"""The `.arch` language: text, syntax tree, names, kinds, units and diagnostics."""
