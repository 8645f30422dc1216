"""A layer as a card's matrix units calculate it from fp32 numbers, in numpy.

`tf32x3` is what the compiled kernels say, instruction by instruction (`test_tf32.py` reads them):
each fp32 number is rounded to the 10 stored bits of tf32, ties away from zero, and what is left is
cut to 10 bits by the unit that reads it; left times rounded, rounded times left, rounded times
rounded, in one accumulator; then the sum so far is added in fp32.

How a unit adds is not told by its maker. Taken here is what was published of the A100, which is the
worst of the kinds since: four products and the accumulator are aligned to the largest, cut one bit
below its last, added exactly, and the sum cut to fp32 (Fasi, Higham, Mikaitis and Pranesh,
"Numerical behavior of NVIDIA tensor cores", 2021).

Special functions are those of numpy, off by chance up to what the maker states for the instructions
that kernels use: 2^-22 of a power (ex2.approx), two units in the last place of a quotient
(div.full).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from archwright.kernels.cells import as_numpy
from archwright.kernels.cells.cell import Cell
from archwright.kernels.cells.expression import Expression, evaluate, gate, gradient, state

Array = NDArray[Any]
Product = Callable[[Array, Array, Array], Array]  # [M, K], [K, N] and the sum so far [M, N]
GROUP, BELOW = 4, 1  # products added at once; bits kept below the last of the largest
KEPT, HALF = np.uint32(0xFFFFE000), np.uint32(0x1000)


def rounded(x: Array) -> Array:
    """fp32 to tf32, to the nearest, ties away from zero (cvt.rna)."""
    return ((x.view(np.uint32) + HALF) & KEPT).view(np.float32)


def cut(x: Array) -> Array:
    """The bits of fp32 that a matrix unit reads."""
    return (x.view(np.uint32) & KEPT).view(np.float32)


def accumulate(total: Array, x: Array, y: Array) -> Array:
    """total [M, N] + x [M, K] y [K, N] as a matrix unit adds."""
    for k in range(0, x.shape[1], GROUP):
        products = x[:, k : k + GROUP, None].astype(np.float64) * y[None, k : k + GROUP]
        terms = np.concatenate([total[:, None].astype(np.float64), products], 1)
        exponent = np.frexp(np.abs(terms).max(1, keepdims=True))[1]
        unit = np.ldexp(1.0, exponent - 24 - BELOW)
        exact = (np.trunc(terms / unit) * unit).sum(1)
        total = exact.astype(np.float32)
        over = np.abs(total.astype(np.float64)) > np.abs(exact)
        total = np.where(over, np.nextafter(total, np.float32(0)), total)
    return total


def tf32(x: Array, y: Array, total: Array) -> Array:
    """One product of rounded numbers."""
    return total + accumulate(np.zeros_like(total), rounded(x), rounded(y))


def tf32x3(x: Array, y: Array, total: Array) -> Array:
    """Three products, of both parts of each number but not of what is left of both."""
    a, b = rounded(x), rounded(y)
    found = accumulate(np.zeros_like(total), cut(x - a), b)
    found = accumulate(found, a, cut(y - b))
    return total + accumulate(found, a, b)


def plain(x: Array, y: Array, total: Array) -> Array:
    """In the precision of what is given."""
    return total + x @ y


def approximate(seed: int) -> dict[str, Callable[..., Any]]:
    """Operations off by chance as far as a card's may be."""
    generator = np.random.default_rng(seed)

    def off(x: Array, bits: int) -> Array:
        error = generator.uniform(-1, 1, np.shape(x)) * 2.0**-bits
        return np.asarray(x * (1 + error), np.float32)

    def exp(x: Array) -> Array:
        return off(np.exp(x), 22)

    def divide(x: Array, y: Array) -> Array:
        return off(np.divide(x, y), 23)

    def sigmoid(x: Array) -> Array:
        return divide(np.float32(1), 1 + exp(-x))

    return {
        **as_numpy.OPERATIONS,
        "exp": exp,
        "log": lambda x: off(np.log(x), 22),
        "divide": divide,
        "sigmoid": sigmoid,
        "tanh": lambda x: 2 * sigmoid(2 * x) - 1,
        "log_sigmoid": lambda x: np.minimum(x, 0) - off(np.log(1 + exp(-np.abs(x))), 22),
    }


def layer(
    cell: Cell, inputs: Sequence[Array], arriving: Array, multiply: Product, operations: Any
) -> dict[str, Array]:
    """States of one head after each step, and gradients of every gate and of the first states.

    Parameters
    ----------
    inputs : sequence of array
        Wx [B, T, Gw, D], R [Gr, D, D], b [G, D], s0 [S, B, D]: their precision is that of all.
    arriving : array [S, T, B, D]
        Gradients of the states.
    """
    Wx, R, b, s0 = inputs
    kind, names = Wx.dtype.type, [s.name for s in cell.states]

    def apply(outputs: Sequence[Expression], leaves: dict[Expression, Array]) -> list[Array]:
        def leaf(x: Expression) -> Any:
            return kind(x.payload) if x.op == "constant" else leaves[x]

        with np.errstate(all="ignore"):
            return evaluate(outputs, leaf, lambda op, arguments, x: operations[op](*arguments))

    def shaped(found: list[Array]) -> list[Array]:
        return [np.broadcast_to(np.asarray(x, kind), s0[0].shape) for x in found]

    former, kept, states = list(s0), [], []
    for t in range(Wx.shape[1]):
        sums = []
        for g, one in enumerate(cell.gates):
            total = np.broadcast_to(b[g], s0[0].shape)
            total = total + Wx[:, t, cell.given.index(g)] if one.given else total
            if one.recurs:
                total = multiply(former[0], R[cell.recurring.index(g)].T, total)
            sums.append(total)
        leaves = {gate(one.name): x for one, x in zip(cell.gates, sums, strict=True)}
        leaves |= {state(name): x for name, x in zip(names, former, strict=True)}
        kept.append(leaves)
        former = shaped(apply(cell.update, leaves))
        states.append(former)
    carry, gradients = [np.zeros_like(x) for x in s0], []
    for t in reversed(range(Wx.shape[1])):
        leaves = dict(kept[t])
        for s, name in enumerate(names):
            leaves[gradient(name)] = arriving[s, t] + carry[s]
        found = shaped(apply(cell.backward, leaves))
        back, carry = found[: len(cell.gates)], found[len(cell.gates) :]
        for place, g in enumerate(cell.recurring):
            carry[0] = carry[0] + multiply(back[g], R[place], np.zeros_like(carry[0]))
        gradients.append(back)
    return {
        "states": np.array(states),
        "gates": np.array(gradients[::-1]),
        "start": np.array(carry),
    }


def errors(cell: Cell, units: int, batch: int, steps: int, multiply: Product) -> dict[str, float]:
    """Against float64: h and all states absolute, gradients relative to their norm."""
    generator = np.random.default_rng(units + batch)

    def draw(scale: float, *shape: int) -> Array:
        return (scale * generator.standard_normal(shape)).astype(np.float32)

    start = draw(0.5, len(cell.states), batch, units)
    for place, kind in enumerate(cell.states):
        if kind.normaliser:
            start[place] = 1 + np.abs(start[place])
    inputs = (
        draw(1.0, batch, steps, len(cell.given), units),
        draw(units**-0.5, len(cell.recurring), units, units),
        draw(0.1, len(cell.gates), units),
        start,
    )
    arriving = draw(1.0, len(cell.states), steps, batch, units)
    exact = [x.astype(np.float64) for x in (*inputs, arriving)]
    expected = layer(cell, exact[:4], exact[4], plain, as_numpy.OPERATIONS)
    found = layer(cell, inputs, arriving, multiply, approximate(1))
    off = {name: np.abs(x - expected[name]) for name, x in found.items()}
    return {
        "h": float(off["states"][:, 0].max()),
        "states": float(off["states"].max()),
        "gates": float(np.linalg.norm(off["gates"]) / np.linalg.norm(expected["gates"])),
        "start": float(np.linalg.norm(off["start"]) / np.linalg.norm(expected["start"])),
    }
