"""Cells as graphs: meaning, derivatives, and the cheap form all agree with torch."""

from __future__ import annotations

import math

import numpy as np
import pytest

from archwright.kernels.cells import expression as ex
from archwright.kernels.cells.cell import Cell, CellError, Gate, State
from archwright.kernels.cells.expression import Expression, gate, gradient, state
from archwright.kernels.cells.fractions import cost, lower
from archwright.kernels.cells.standard import CELLS, GRU, LSTM

torch = pytest.importorskip("torch")

from archwright.kernels.cells.as_source import NUMBA, TRITON, lines  # noqa: E402
from archwright.kernels.cells.as_torch import step  # noqa: E402

ODD = Cell.define(  # a cell of a user's, with every operation that the standard ones leave out
    "odd",
    ["a", Gate("b", recurs=False), Gate("w", given=False)],
    ["h", State("s", start=1.0)],
    lambda g, s: {
        "h": ex.tanh(ex.softplus(g.a) / (1 + ex.absolute(s.s))) * ex.sigmoid(g.w),
        "s": ex.minimum(ex.relu(g.b) + 0.5 * s.s, ex.log(1 + ex.exp(ex.minimum(g.w, 3))))
        - ex.where_less(g.a, g.b, s.h, 2 * s.h),
    },
)
ALL = [*CELLS.values(), ODD]


def example(cell: Cell, seed: int = 0, spread: float = 2.0) -> dict[Expression, torch.Tensor]:
    made = torch.Generator().manual_seed(seed)
    names = [gate(g.name) for g in cell.gates] + [state(s.name) for s in cell.states]
    found = {x: torch.randn(500, generator=made, dtype=torch.float64) * spread for x in names}
    if cell.name == "slstm":  # a normaliser with a history is at least one, none is zero
        n = state("n")
        found[n] = 1 + found[n].abs()
        found[n][::7] = 0.0  # no history: nothing remembered
        found[state("c")][::7] = 0.0
    return found


def lstm(given: dict[Expression, torch.Tensor]) -> list[torch.Tensor]:
    i, f, z, o = (given[gate(name)] for name in "ifzo")
    c = f.sigmoid() * given[state("c")] + i.sigmoid() * z.tanh()
    return [o.sigmoid() * c.tanh(), c]


def test_the_step_of_an_lstm_is_the_textbooks() -> None:
    given = example(LSTM)
    for ours, theirs in zip(step(LSTM.update, given), lstm(given), strict=True):
        assert torch.allclose(ours, theirs, rtol=0, atol=1e-15)


def test_the_step_of_a_gru_is_torchs() -> None:
    units = 4
    module = torch.nn.GRUCell(1, units, dtype=torch.float64)
    x, h = torch.randn(3, 1, dtype=torch.float64), torch.randn(3, units, dtype=torch.float64)
    given = x @ module.weight_ih.T + module.bias_ih
    back = h @ module.weight_hh.T + module.bias_hh
    (r, z, n), (hr, hz, hn) = given.chunk(3, 1), back.chunk(3, 1)
    leaves = {gate("r"): r + hr, gate("z"): z + hz, gate("n"): n, gate("g"): hn, state("h"): h}
    assert torch.allclose(step(GRU.update, leaves)[0], module(x, h))


@pytest.mark.parametrize("cell", ALL, ids=str)
def test_few_divisions_change_no_value(cell: Cell) -> None:
    for spread in (2.0, 40.0):
        given = example(cell, spread=spread)
        for exact, cheap in zip(
            step(cell.update, given), step(lower(cell.update), given), strict=True
        ):
            assert torch.allclose(exact, cheap, rtol=1e-12, atol=1e-9)


@pytest.mark.parametrize("cell", ALL, ids=str)
def test_the_derivative_is_autograds(cell: Cell) -> None:
    given = {x: value.requires_grad_() for x, value in example(cell).items()}
    outputs = step(cell.update, given)
    made = torch.Generator().manual_seed(1)
    arriving = [torch.randn(500, generator=made, dtype=torch.float64) for _ in outputs]
    theirs = torch.autograd.grad(
        outputs, list(given.values()), arriving, allow_unused=True, materialize_grads=True
    )
    every = {x: value.detach() for x, value in given.items()}
    every |= {gradient(s.name): value for s, value in zip(cell.states, arriving, strict=True)}
    for way in (cell.backward, lower(cell.backward)):
        for ours, theirs_ in zip(step(way, every), theirs, strict=True):
            assert torch.allclose(ours, theirs_, rtol=1e-9, atol=1e-9)


def test_an_lstm_divides_twice_and_a_gru_twice() -> None:
    for cell in (LSTM, GRU):
        nodes = ex.ordered(lower(cell.update))
        assert sum(x.op == "reciprocal" for x in nodes) == 2


def test_the_cheap_form_is_cheaper() -> None:
    assert cost(lower(LSTM.update)) < 100


@pytest.mark.parametrize("cell", ALL, ids=str)
def test_plain_source_computes_the_step(cell: Cell) -> None:
    outputs = dict(zip([f"new_{s.name}" for s in cell.states], cell.update, strict=True))
    program = lines(outputs, lambda x: f"{x.op}_{x.payload}", NUMBA)
    given = example(cell)
    expected = step(cell.update, given)
    world = {name: getattr(math, name) for name in ("exp", "log")}
    world |= {name: ex.MEANING[name] for name in ("sigmoid", "tanh", "log_sigmoid")}
    world |= {"maximum": max, "minimum": min, "float32": float}
    for at in range(0, 500, 50):
        here = {f"{x.op}_{x.payload}": float(value[at]) for x, value in given.items()}
        exec("\n".join(program), world, here)
        for s, value in zip(cell.states, expected, strict=True):
            assert here[f"new_{s.name}"] == pytest.approx(float(value[at]), abs=1e-12)


def test_triton_has_words_for_every_operation() -> None:
    assert set(ex.MEANING) | {"constant"} == set(TRITON) == set(NUMBA)


def test_shared_parts_are_one_node_and_constants_fold() -> None:
    x = gate("x")
    assert ex.sigmoid(x + 1) is ex.sigmoid(x + 1)
    assert (x * 1, x + 0, ex.negate(-x), x - 0) == (x, x, x, x)
    assert ex.constant(2) * 3 is ex.constant(6)
    assert ex.number(ex.tanh(0)) == 0
    assert np.isclose(float(ex.number(ex.exp(1)) or 0), math.e)


@pytest.mark.parametrize(
    ("gates", "states", "step_", "told"),
    [
        (["a"], ["h"], lambda g, s: {}, r"gives \[\], its states are \['h'\]"),
        (["a", "a"], ["h"], lambda g, s: {"h": g.a}, "two gates `a`"),
        (["a"], [], lambda g, s: {}, "no state"),
        (["a b"], ["h"], lambda g, s: {}, "not a name"),
        ([Gate("a", recurs=False)], ["h"], lambda g, s: {"h": g.a}, "no gate .* recurs"),
        ([Gate("a", given=False)], ["h"], lambda g, s: {"h": g.a}, "no gate .* the input"),
        (["a", Gate("b", False, False)], ["h"], lambda g, s: {"h": g.a}, "reads nothing"),
    ],
)
def test_what_is_no_cell(gates, states, step_, told) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(CellError, match=told):
        Cell.define("mine", gates, states, step_)


def test_a_graph_has_no_truth_value() -> None:
    with pytest.raises(TypeError, match="where_less"):
        Cell.define("mine", ["a"], ["h"], lambda g, s: {"h": g.a if g.a else s.h})
    with pytest.raises(TypeError, match="gates, states and numbers"):
        Cell.define("mine", ["a"], ["h"], lambda g, s: {"h": g.a + "1"})
