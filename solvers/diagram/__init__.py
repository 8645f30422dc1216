"""Dynamic programming over the blocks of problems whose budgets and goals are sums."""
