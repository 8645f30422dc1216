"""The architecture drawing: layers as blocks, memory below, two side by side, one opened."""
