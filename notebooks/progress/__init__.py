"""View 6: how a running question is doing, and a button that ends it with the best so far."""
