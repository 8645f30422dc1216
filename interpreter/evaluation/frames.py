"""The state of a running evaluation.

Expressions are compiled once to closures over a `Frame`. Numbers inside are `int` where whole and
`Fraction` elsewhere, which Python mixes exactly; `inward` and `outward` convert at the edges.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from fractions import Fraction
from typing import TYPE_CHECKING, Any, TypeAlias

from ..logarithms import Approximate
from ..values import Enumerator, Value
from .failures import EvaluationError, Undefined

if TYPE_CHECKING:
    from .networks import Call

Run: TypeAlias = Callable[["Frame"], Any]

MISSING: Any = object()


class World:
    """One assignment of the choices, and what was worked out under it.

    Attributes
    ----------
    choices : mapping
        Values by key (`k[1, 2]`); a choice without a value is absent.
    memory : dict
        Values of `let`s and networks that read a choice.
    reads : int
        Counts reads of choices, so that what reads none can be kept for every world.
    rounds : int
        Counts the rounds of all loops, so that a huge one is refused instead of gone through.
    doubts : int
        Counts the comparisons that may come out otherwise for true logarithms.
    """

    __slots__ = ("choices", "doubts", "memory", "reads", "rounds")

    def __init__(self, choices: Mapping[str, Any]) -> None:
        self.choices = choices
        self.memory: dict[Hashable, Any] = {}
        self.reads = 0
        self.rounds = 0
        self.doubts = 0


class Frame:
    """The local values of one file, function or call of an op.

    `values` is keyed by what declares the local: an `Ident` for binders, formals and shape names,
    a `Let` for the `let`s of an op, and plain text for tensors.
    """

    __slots__ = ("call", "values", "world")

    def __init__(self, world: World, values: dict[Any, Any], call: Call | None = None) -> None:
        self.world, self.values, self.call = world, values, call


class Thunk:
    """An argument that is worked out when first needed, as if the function were expanded."""

    __slots__ = ("frame", "run", "value")

    def __init__(self, run: Run, frame: Frame) -> None:
        self.run, self.frame, self.value = run, frame, MISSING

    def force(self) -> Any:
        """The value."""
        if self.value is MISSING:
            self.value = self.run(self.frame)
        return self.value


def remembered(known: Mapping[Hashable, Any], world: World, key: Hashable) -> bool:
    """Whether the value under `key` was worked out before."""
    return key in known or (id(known), key) in world.memory


def remember(
    known: dict[Hashable, Any], world: World, key: Hashable, compute: Callable[[], Any]
) -> Any:
    """The value under `key`, worked out once a world, or once for all if it reads no choice."""
    value = known.get(key, MISSING)
    if value is not MISSING:
        if type(value) is Undefined:  # so will it be each time
            raise value.with_traceback(None)
        return value
    here = (id(known), key)  # two imports of one file have the same nodes, but not the same values
    value = world.memory.get(here, MISSING)
    if value is not MISSING:
        world.reads += 1
        return value
    before = world.reads
    try:
        value = compute()
    except Undefined as wrong:
        if world.reads == before and wrong.limit != "terms":  # those of other readers count, too
            known[key] = wrong
        raise
    if world.reads == before:
        known[key] = value
    else:
        world.memory[here] = value
    return value


def inward(value: Value) -> Any:
    """A value as the closures want it."""
    if isinstance(value, Fraction) and value.denominator == 1:
        return value.numerator
    return value


def outward(value: Any) -> Value:
    """A value as everyone else wants it."""
    if isinstance(value, bool | Enumerator | Fraction):
        return value
    if isinstance(value, int):
        return Fraction(value)
    if isinstance(value, Approximate):
        return value.value
    raise EvaluationError(f"{value!r} is no number, truth value or enumerator")
