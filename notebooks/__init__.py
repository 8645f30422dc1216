"""Views and cell magic for notebooks; the tutorials stand beside this file."""
