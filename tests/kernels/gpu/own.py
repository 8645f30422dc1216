"""A cell of one's own, for processes that interpret kernels."""

from archwright.kernels.cells import expression as ex
from archwright.kernels.cells.cell import Cell, Gate, State

OWN = Cell.define(
    "own",
    ["a", Gate("w", given=False), Gate("v", recurs=False)],
    ["h", State("s", start=1.0)],
    lambda g, s: {
        "h": ex.tanh(g.a / (1 + ex.absolute(s.s))) * ex.sigmoid(g.w) + 0.25 * s.h,
        "s": ex.minimum(ex.relu(g.v) + 0.5 * s.s, 3),
    },
)
