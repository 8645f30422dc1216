"""The cells that come with the toolkit, in the gate order of FlashRNN."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .cell import Cell, Gate, State
from .expression import (
    Expression,
    exp,
    log_sigmoid,
    maximum,
    sigmoid,
    tanh,
    where_equal,
)


def _elman(gate: Any, state: Any) -> Mapping[str, Expression]:
    return {"h": tanh(gate.g)}


def _gru(gate: Any, state: Any) -> Mapping[str, Expression]:
    update = sigmoid(gate.z)
    fresh = tanh(gate.n + sigmoid(gate.r) * gate.g)
    return {"h": update * state.h + (1 - update) * fresh}


def _lstm(gate: Any, state: Any) -> Mapping[str, Expression]:
    c = sigmoid(gate.f) * state.c + sigmoid(gate.i) * tanh(gate.z)
    return {"h": sigmoid(gate.o) * tanh(c), "c": c}


def _slstm(gate: Any, state: Any) -> Mapping[str, Expression]:
    kept = log_sigmoid(gate.f) + state.m
    # while the normaliser is zero there is no history, and nothing to stabilise against
    m = where_equal(state.n, 0, gate.i, maximum(gate.i, kept))
    fresh, old = exp(gate.i - m), exp(kept - m)
    c = old * state.c + fresh * tanh(gate.z)
    # one of the two factors is exp(0), so the true sum is at least 1: this undoes rounding
    n = maximum(old * state.n + fresh, 1)
    return {"h": sigmoid(gate.o) * c / n, "c": c, "n": n, "m": m}


ELMAN = Cell.define("elman", ["g"], ["h"], _elman)
"""h' = tanh(g) (Elman, *Finding structure in time*, 1990)."""

GRU = Cell.define("gru", [Gate("g", given=False), "r", "z", Gate("n", recurs=False)], ["h"], _gru)
"""h' = z h + (1 - z) tanh(n + r g), the reset after the product as in torch (Cho et al., 2014)."""

LSTM = Cell.define("lstm", ["i", "f", "z", "o"], ["h", "c"], _lstm)
"""c' = f c + i tanh(z), h' = o tanh(c') (Hochreiter and Schmidhuber, 1997; Gers et al., 2000)."""

SLSTM = Cell.define(
    "slstm", ["i", "f", "z", "o"], ["h", "c", State("n", normaliser=True), "m"], _slstm
)
"""Exponential input gate with a normaliser and a stabiliser (Beck et al., *xLSTM*, 2024)."""

CELLS: dict[str, Cell] = {cell.name: cell for cell in (ELMAN, GRU, LSTM, SLSTM)}
