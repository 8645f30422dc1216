"""View 1: a spec at a glance."""
