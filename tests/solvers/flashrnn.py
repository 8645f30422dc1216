"""The FlashRNN tilings stated by hand in the modelling interface (numbers in bytes)."""

from __future__ import annotations

from archwright.solvers.expressions import Expr
from archwright.solvers.problem import Problem

# One H100 in the limits that matter here.
SMS = 132
THREADS = 256
WARP = 32
REGISTER_BYTES = 65536 * 4
SHARED_BYTES = 227_000

SIZE, ACCUMULATOR, DEPTH, PAD = 2, 4, 16, 8


def divisors(n: int) -> list[int]:
    """The divisors of n."""
    return [d for d in range(1, n + 1) if n % d == 0]


class Pass:
    """The variables, constraints and costs of one direction; `row_warps` is exact by demand."""

    def __init__(
        self, problem: Problem, name: str, rows: int, cols: int, batch: int, heads: int
    ) -> None:
        def integer(what: str, values: range | list[int]) -> Expr:
            return problem.integer(f"{name}.{what}", values)

        batch_tile = integer("batch_tile", [8, 16, 32])
        row_tile = integer("row_tile", [8, 16, 32])
        batch_warps = integer("batch_warps", range(1, 9))
        col_warps = integer("col_warps", range(1, 9))
        batch_loop = integer("batch_loop", range(1, 5))
        row_loop = integer("row_loop", divisors(rows))
        row_blocks = integer("row_blocks", divisors(rows))
        col_blocks = integer("col_blocks", divisors(cols))
        batch_blocks = integer("batch_blocks", divisors(batch))
        head_blocks = integer("head_blocks", divisors(heads))
        cached = integer("cached", range(1, 513))

        batch_span = batch_blocks * batch_warps * batch_loop * batch_tile
        row_span = row_blocks * row_loop * row_tile
        col_span = col_blocks * col_warps * DEPTH
        problem.require(row_span.divides(rows), f"{name}.whole_rows")
        row_warps = rows // row_span
        warps = row_warps * col_warps * batch_warps
        parts = row_blocks * col_blocks * batch_blocks
        self.blocks = parts * head_blocks
        in_registers = row_warps * col_warps * row_tile * DEPTH * cached
        registers = (
            in_registers * SIZE
            + warps * batch_tile * row_tile * batch_loop * ACCUMULATOR
            + warps * batch_tile * DEPTH * SIZE
        )
        self.spilled = batch_blocks * (SIZE * rows * (cols + PAD)) - parts * in_registers * SIZE
        state = ACCUMULATOR * col_warps * col_blocks * batch_span * (rows + row_blocks * PAD)
        self.serial = row_loop + batch_loop

        def require(condition: Expr | bool, group: str) -> None:
            problem.require(condition, f"{name}.{group}")

        require(batch_tile * row_tile == 256, "mma_shape")
        require(batch_span.divides(batch), "whole_batch")
        require(col_span.divides(cols), "whole_cols")
        require(warps * WARP <= THREADS, "threads")
        require(self.blocks <= SMS, "resident")
        require(cached * col_span <= cols, "cache_in_r")
        require(registers <= REGISTER_BYTES, "registers")
        require(self.spilled >= 0, "r_not_negative")
        require(self.spilled + state <= SHARED_BYTES * parts, "shared")


def forward(problem: Problem, hidden: int, heads: int, gates: int, batch: int) -> Pass:
    """The forward direction."""
    head = hidden // heads
    return Pass(problem, "forward", head * gates, head, batch, heads)


def backward(problem: Problem, hidden: int, heads: int, gates: int, batch: int) -> Pass:
    """The backward direction."""
    head = hidden // heads
    return Pass(problem, "backward", head, head * gates, batch, heads)
