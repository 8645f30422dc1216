"""Recurrent cells as data: gates, states, and what happens between them at one time step."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..vector_ir import Vector, Vectors


@dataclass(frozen=True)
class Cell:
    """A recurrent cell.

    Parameters
    ----------
    name : str
    gates : int
        Pre-activations per unit, each with its own recurrent weights and bias.
    states : int
        Numbers kept per unit; the first is the hidden output that feeds the recurrence.
    step : callable
        `step(vectors, gates, states) -> new states`, on vectors of pre-activations and on the
        former states without the first.
    """

    name: str
    gates: int
    states: int
    step: Callable[[Vectors, Sequence[Vector], Sequence[Vector]], list[Vector]]


def lstm_step(vectors: Vectors, gates: Sequence[Vector], states: Sequence[Vector]) -> list[Vector]:
    """c' = sigmoid(f) c + sigmoid(i) tanh(z) and h' = sigmoid(o) tanh(c').

    With I = 1 + exp(-i), F, O and Z = 1 + exp(-2z) alike, both lines share one division each:
    c' = (I Z c + (1 - exp(-2z)) F) / (F I Z) and h' = (1 - exp(-2c')) / (O (1 + exp(-2c'))).
    """
    i, f, z, o = gates
    (c,) = states
    v = vectors
    i = v.plus_one(v.exp(v.scale(i, -1.0)))
    f = v.plus_one(v.exp(v.scale(f, -1.0)))
    twice = v.exp(v.scale(z, -2.0))
    kept = v.multiply(i, v.plus_one(twice))
    fresh = v.multiply(v.one_minus(twice), f)
    c = v.multiply(v.multiply_adds(kept, c, fresh), v.reciprocal(v.multiply(kept, f)))
    o = v.plus_one(v.exp(v.scale(o, -1.0)))
    twice = v.exp(v.scale(c, -2.0))
    under = v.reciprocal(v.multiply(o, v.plus_one(twice)))
    return [v.multiply(v.one_minus(twice), under), c]


LSTM = Cell("lstm", gates=4, states=2, step=lstm_step)
CELLS = {cell.name: cell for cell in (LSTM,)}
