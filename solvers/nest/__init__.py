"""Loop nests: list, count and optimise by walking the variables in one fixed order."""
