"""The tile of a layer and its reasons, as the answer of the spec `lstm_tile.arch` for a machine."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..cells.cell import Cell
from ..cells.fractions import cost, lower
from ..cells.standard import CELLS
from .plan import Plan, cell_of
from .tile import FLAGS, NUMBERS, Tile, TileError

if TYPE_CHECKING:
    from archwright.interpreter.answers import Answer
    from archwright.interpreter.questions import Model

SPEC = Path(__file__).parent / "lstm_tile.arch"
NETWORK, RECORD = "layer", "host"
CHOICES = tuple(name for name in (*NUMBERS, *FLAGS) if name != "lanes")
LIMITS = ("registers", "latency_hidden", "turn", "l2_share", "ahead", "precision")  # that cost time
WORTH = 0.995  # a limit binds where the time without it is below this share
PARTS = {  # of a step's time in the spec, and what they are
    "products": "gathering h R",
    "finishing": "gates to states",
    "reading": "reading tensors",
    "writing": "writing tensors",
    "visiting": "reaching pages again",
}


@dataclass(frozen=True)
class Layer:
    """What the spec is asked about: sizes, the cell in numbers, and what is allowed.

    Parameters
    ----------
    cell : str
        One of `std.rnn.Cell`.
    batch, steps, heads, units : int
    backward : bool
    narrow : bool
        Whether recurrent weights may be kept in bfloat16.
    numbers : tuple
        Of a cell that the spec does not know: name and value of each of its parameters.
    """

    cell: str
    batch: int
    steps: int
    heads: int
    units: int
    backward: bool = False
    narrow: bool = False
    numbers: tuple[tuple[str, int], ...] = ()

    @classmethod
    def of(
        cls,
        cell: str | Cell,
        batch: int,
        steps: int,
        heads: int,
        units: int,
        backward: bool = False,
        narrow: bool = False,
    ) -> Layer:
        """The layer of a cell, by its name or of one's own; nothing to do counts as one."""
        kind = cell_of(cell)
        sizes = (max(1, batch), max(1, steps), heads, units)
        if CELLS.get(kind.name) is kind:
            return cls(kind.name, *sizes, backward, narrow)
        numbers = {
            "gates": len(kind.gates),
            "given": len(kind.given),
            "recurring": len(kind.recurring),
            "states": len(kind.states),
            "pointwise": cost(lower(kind.backward if backward else kind.update)),
        }
        return cls("own", *sizes, backward, narrow, tuple(numbers.items()))

    def parameters(self) -> dict[str, Any]:
        """What the spec's parameters are bound to."""
        return {
            "cell": self.cell,
            "batch": self.batch,
            "steps": self.steps,
            "heads": self.heads,
            "head": self.units,
            "pass": "backward" if self.backward else "forward",
            "bf16": self.narrow,
            **dict(self.numbers),
        }


def choose(
    cell: str | Cell,
    batch: int,
    steps: int,
    heads: int,
    units: int,
    machine: Mapping[str, Fraction | int] | None = None,
    *,
    backward: bool = False,
    narrow: bool = False,
) -> Tile:
    """The best tile for a recurrent layer, proved so under the spec's model.

    Parameters
    ----------
    cell : str or Cell
        The name of a standard cell, or one's own.
    batch, steps, heads, units : int
    machine : mapping, optional
        Fields of `std.cpu.Cpu` in base units; this machine's, if left out.
    backward : bool
        For the pass backwards.
    narrow : bool
        Whether recurrent weights may be kept in bfloat16, if that is faster.

    Raises
    ------
    TileError
        Where the layer is beyond what the spec is for.
    """
    layer = Layer.of(cell, batch, steps, heads, units, backward, narrow)
    answer = _solved(layer, _fields(machine))
    assert answer.architecture is not None
    (leaf,) = answer.architecture.networks[NETWORK].leaves
    return Tile.from_arguments(leaf.arguments)


def expected_seconds(layer: Layer, machine: Mapping[str, Fraction | int] | None = None) -> float:
    """What the spec's model expects of a layer with its best tile."""
    return _seconds(_solved(layer, _fields(machine)))


def explain(layer: Layer, tile: Tile, machine: Mapping[str, Fraction | int] | None = None) -> str:
    """Why that tile: its time in parts, the limits that bind, and the next best tile.

    Parameters
    ----------
    layer : Layer
    tile : Tile
        The solver's or any other; of another it says what it loses.
    machine : mapping, optional
        As for `choose`.
    """
    fields = _fields(machine)
    best = _solved(layer, fields)
    given = _answer(layer, fields, tile)
    if given is None or given.architecture is None:
        return f"{tile}\n  not a tile of the spec for this machine, which would take {_told(best)}"
    values = given.architecture.values
    whole = _number(values["step_time"])
    lines = [str(tile), f"  expected   {values['layer_time']}, {layer.steps} steps of"]
    for name, what in PARTS.items():
        if name in values:
            share = _number(values[name]) / whole
            lines.append(f"    {values[name]!s:>12}  {share:4.0%}  {what}")
    lines += [f"  {line}" for line in _limits(layer, fields, best)]
    if given.goals != best.goals:
        lines.append(f"  best       {_told(best)}")
    else:
        lines.append(f"  next best  {_told(_runner_up(layer, fields, best))}")
    return "\n".join(lines)


def candidate(cell: str, R: Any, b: Any, batch: int, steps: int) -> Callable[[Any, Any], Any]:
    """A plan's `run` for these weights with the solved tile; what it returns holds until its next
    call."""
    return _planned(cell, R, b, batch, steps, narrow=False)


def narrow_candidate(
    cell: str, R: Any, b: Any, batch: int, steps: int
) -> Callable[[Any, Any], Any]:
    """As `candidate`, with weights in bfloat16 where the spec finds that faster."""
    return _planned(cell, R, b, batch, steps, narrow=True)


def _planned(
    cell: str, R: Any, b: Any, batch: int, steps: int, narrow: bool
) -> Callable[[Any, Any], Any]:
    _, heads, units, _ = R.shape
    tile = choose(cell, batch, steps, heads, units, narrow=narrow)
    return Plan(R, b, batch, steps, tile, cell).run


# ---------------------------------------------------------------------------- asking the spec

Fields = tuple[tuple[str, Any], ...]


def _fields(machine: Mapping[str, Fraction | int] | None) -> Fields:
    from ..machine.probe import probe

    return tuple(sorted((probe() if machine is None else machine).items()))


@cache
def _spec() -> Any:
    from archwright.dsl.load import load

    return load(SPEC)


@lru_cache(maxsize=8)
def _model(layer: Layer, fields: Fields) -> Model:
    from archwright.dsl.diagnostics import ArchError
    from archwright.interpreter.bind import bind
    from archwright.interpreter.questions import Model

    try:
        return Model(bind(_spec(), layer.parameters(), hardware={RECORD: dict(fields)}))
    except ArchError as error:
        raise TileError(f"no tile: {error.diagnostics[0].message}") from error


@cache
def _solved(layer: Layer, fields: Fields) -> Answer:
    answer = _model(layer, fields).solve()
    if answer.architecture is None:
        raise TileError(f"no tile: the spec is {answer.status} for {layer.parameters()}")
    return answer


def _answer(layer: Layer, fields: Fields, tile: Tile) -> Answer | None:
    """What the spec says of one tile; None where a choice has no such value."""
    from archwright.dsl.diagnostics import ArchError

    try:
        return _model(layer, fields).solve({name: getattr(tile, name) for name in CHOICES})
    except ArchError:
        return None


def _limits(layer: Layer, fields: Fields, best: Answer) -> list[str]:
    """The constraints without which the model would choose another tile, and why that one fails."""
    model, found = _model(layer, fields), []
    for name in LIMITS:
        loose = model.solve(without=(name,))
        if loose.architecture is None or _seconds(loose) > WORTH * _seconds(best):
            continue
        choices = {choice: loose.choices[choice] for choice in CHOICES}
        conflict = model.explain(choices)
        reasons = [m.reason for m in conflict.members if m.reason] if conflict else []
        found.append(f"bound by   {name}: {'; '.join(reasons)} ({_told(loose)})")
    return found


def _runner_up(layer: Layer, fields: Fields, best: Answer) -> Answer:
    """The best of the other tiles: those that differ in at least one choice."""
    model = _model(layer, fields)
    others = [
        model.solve({name: value})
        for name, values in model.domains().items()
        for value in values
        if value != best.choices[name]
    ]
    return min((other for other in others if other.architecture), key=_seconds, default=best)


def _told(answer: Answer) -> str:
    if answer.architecture is None:
        return "nothing"
    (leaf,) = answer.architecture.networks[NETWORK].leaves
    return f"{Tile.from_arguments(leaf.arguments)}: {answer.goals['time']}"


def _number(quantity: Any) -> float:
    """The number of a quantity in base units."""
    return float(getattr(quantity, "value", quantity))


def _seconds(answer: Answer) -> float:
    return _number(answer.goals["time"])
