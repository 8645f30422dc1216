"""A recurrent cell: its gates, its states, and the graph of one step."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from types import SimpleNamespace
from typing import Any

from . import expression
from .derivative import gradients
from .expression import Expression


class CellError(ValueError):
    """A cell that cannot be, with the reason in one sentence."""


@dataclass(frozen=True)
class Gate:
    """One pre-activation per unit: bias, plus what the input gives, plus what recurs.

    Parameters
    ----------
    name : str
    given : bool
        Whether the input's projection has a part for it.
    recurs : bool
        Whether it has recurrent weights.
    """

    name: str
    given: bool = True
    recurs: bool = True


@dataclass(frozen=True)
class State:
    """One number kept per unit.

    Parameters
    ----------
    name : str
    start : float
        Its value before the first step, where the caller gives none.
    normaliser : bool
        Whether others are divided by it: it is zero before the first step, else at least one.
    """

    name: str
    start: float = 0.0
    normaliser: bool = False


@dataclass(frozen=True)
class Cell:
    """A recurrent cell as data.

    Parameters
    ----------
    name : str
    gates : tuple of Gate
        In the order of the biases. The input's pre-activations hold those that are `given`, the
        recurrent weights those that recur, each in this order.
    states : tuple of State
        The first is the hidden output, which feeds the recurrence.
    update : tuple of Expression
        Every state after the step, from gates and former states.
    """

    name: str
    gates: tuple[Gate, ...]
    states: tuple[State, ...]
    update: tuple[Expression, ...] = field(repr=False)

    @classmethod
    def define(
        cls,
        name: str,
        gates: Sequence[Gate | str],
        states: Sequence[State | str],
        step: Callable[[Any, Any], Mapping[str, Expression]],
    ) -> Cell:
        """A cell from a function of its gates and former states.

        Parameters
        ----------
        name : str
            A Python identifier; kernels are named after it.
        gates : sequence of Gate or str
            A bare name is a gate that the input gives and that recurs.
        states : sequence of State or str
            A bare name starts at zero.
        step : callable
            `step(gate, state)` returns the new state by name, built from attributes of both with
            `+ - * /` and the functions of `archwright.kernels.cells.expression`.

        Raises
        ------
        CellError
            Where names repeat, a state has no new value, or nothing recurs.

        Examples
        --------
        >>> from archwright.kernels.cells.expression import sigmoid, tanh
        >>> minimal = Cell.define(  # Zhou et al., Minimal gated unit, 2016, without the reset
        ...     "minimal", ["f", "n"], ["h"],
        ...     lambda g, s: {"h": s.h + sigmoid(g.f) * (tanh(g.n) - s.h)},
        ... )
        """
        made_gates = tuple(Gate(g) if isinstance(g, str) else g for g in gates)
        made_states = tuple(State(s) if isinstance(s, str) else s for s in states)
        _check_names(name, [g.name for g in made_gates], [s.name for s in made_states])
        given = SimpleNamespace(**{g.name: expression.gate(g.name) for g in made_gates})
        former = SimpleNamespace(**{s.name: expression.state(s.name) for s in made_states})
        new = dict(step(given, former))
        names = [s.name for s in made_states]
        if set(new) != set(names):
            raise CellError(f"the step of `{name}` gives {sorted(new)}, its states are {names}")
        if not any(g.recurs for g in made_gates):
            raise CellError(f"no gate of `{name}` recurs, so it is not a recurrent cell")
        if not any(g.given for g in made_gates):
            raise CellError(f"no gate of `{name}` reads the input")
        for gate in made_gates:
            if not gate.given and not gate.recurs:
                raise CellError(f"the gate `{gate.name}` of `{name}` reads nothing")
        zero = expression.constant(0)
        return cls(name, made_gates, made_states, tuple(zero + new[s] for s in names))

    @property
    def given(self) -> tuple[int, ...]:
        """Places among the gates of those that the input gives."""
        return tuple(i for i, gate in enumerate(self.gates) if gate.given)

    @property
    def recurring(self) -> tuple[int, ...]:
        """Places among the gates of those that recur."""
        return tuple(i for i, gate in enumerate(self.gates) if gate.recurs)

    @cached_property
    def reads(self) -> tuple[str, ...]:
        """States whose former value the step reads beside the recurrence."""
        found = set(expression.leaves(self.update, "state"))
        return tuple(s.name for s in self.states if s.name in found)

    @cached_property
    def backward(self) -> tuple[Expression, ...]:
        """Gradients of every gate, then of every former state (without what recurs through R).

        They read gates, former states, and `gradient` leaves: what arrives at each new state.
        """
        arriving: dict[Expression, Expression] = {}
        for state, new in zip(self.states, self.update, strict=True):
            more = expression.gradient(state.name)
            arriving[new] = expression.add(arriving[new], more) if new in arriving else more
        wanted = [expression.gate(g.name) for g in self.gates]
        wanted += [expression.state(s.name) for s in self.states]
        return tuple(gradients(arriving, wanted))

    def __reduce__(self) -> tuple[Callable[[str], Cell], tuple[str]]:
        """Copies and pickles go by text, for equal expressions must stay the same objects."""
        from .text import read, write

        return read, (write(self),)

    def __str__(self) -> str:
        return self.name


def _check_names(cell: str, gates: Sequence[str], states: Sequence[str]) -> None:
    for name in (cell, *gates, *states):
        if not name.isidentifier():
            raise CellError(f"`{name}` is not a name: letters, digits and underscores")
    for kind, names in (("gate", gates), ("state", states)):
        if not names:
            raise CellError(f"`{cell}` has no {kind}")
        twice = next((n for n in names if names.count(n) > 1), None)
        if twice is not None:
            raise CellError(f"`{cell}` has two {kind}s `{twice}`")
