"""Few networks of a space that hold every layer that it can use."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from archwright.interpreter.answers import Shown
from archwright.interpreter.architecture import Leaf, Network
from archwright.interpreter.fronts import with_goals
from archwright.interpreter.layer_options import Form, Places
from archwright.interpreter.questions import Model
from archwright.interpreter.values import Value
from archwright.solvers import questions as solver
from archwright.solvers.control import Control, Stopped
from archwright.solvers.instance import Instance
from archwright.solvers.sampling import EmptySpace

Pair: TypeAlias = tuple[int, Form]  # a place among the leaves, and what may stand there

DRAWN = 64  # samples, of which those that add layers are taken
PATIENCE = 5.0  # seconds for drawing them


@dataclass(frozen=True)
class Member:
    """A network of the space.

    Parameters
    ----------
    choices : mapping of str to Shown
    network : Network
    keys : tuple of str
        What each leaf is, in order of the text; see `key`.
    """

    choices: Mapping[str, Shown]
    network: Network
    keys: tuple[str, ...]


@dataclass
class Cover:
    """Networks that together hold every layer of a space.

    Attributes
    ----------
    places : Places
        The leaves and labels of the network under all choices.
    members : list of Member
    known : dict
        What the leaf at a place is in one of its forms, by (place, form).
    notes : list of str
        What is not complete, and why.
    complete : bool
        Whether every layer was looked for.
    """

    places: Places
    members: list[Member] = field(default_factory=list)
    known: dict[Pair, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    complete: bool = True

    @property
    def layers(self) -> dict[str, Leaf]:
        """Every distinct layer with one leaf of it, in order of the networks."""
        found: dict[str, Leaf] = {}
        for member in self.members:
            for key, leaf in zip(member.keys, member.network.leaves, strict=True):
                found.setdefault(key, leaf)
        return found


def key(leaf: Leaf) -> str:
    """What a layer is: its op, the shapes that it reads, and every argument."""
    shapes = " ".join("x".join(map(str, shape)) for shape in leaf.input_shapes)
    arguments = ", ".join(f"{name}={_plain(value)}" for name, value in leaf.arguments.items())
    return f"{leaf.module}.{leaf.op}({shapes}; {arguments})"


def _plain(value: Value) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def cover(
    model: Model,
    name: str,
    instance: Instance,
    most: int,
    without: Collection[str] = (),
    told: Callable[[str], None] = lambda text: None,
) -> Cover:
    """Networks that hold every layer that a question leaves.

    Parameters
    ----------
    name : str
        Of the network.
    instance : Instance
        The question: what is fixed and dropped.
    without : collection of str
        The constraints that are dropped in it.
    most : int
        Distinct layers at most; at more the cover is cut short, with a note.
    told : callable
        Hears now and then how far it is.

    Raises
    ------
    EmptySpace
        If the question has no solution.
    Stopped
        If it was cancelled.
    """
    bare = with_goals(instance, [])
    domains = dict(enumerate(model.warm.domains(bare, False)))
    found = Cover(Places(model.lowered, name, domains))
    places = found.places
    if not all(site.listed for site in places.sites):
        found.notes.append("some layers depend on too many choices: those of samples are timed")
    waiting = {(i, form) for i, site in enumerate(places.sites) for form in site.forms}
    _from_samples(found, model, name, bare, without, most, waiting)
    try:
        _from_questions(found, model, name, bare, without, most, waiting, told)
    except Stopped:
        if not found.members:
            raise
        found.complete = False
        found.notes.append(f"time was short: {len(waiting)} forms of layers were not looked for")
    if not found.members:
        raise EmptySpace("no network: the choices contradict each other")
    return found


def _from_samples(
    found: Cover,
    model: Model,
    name: str,
    instance: Instance,
    without: Collection[str],
    most: int,
    waiting: set[Pair],
) -> None:
    """Of some samples those that hold most of what is waited for, as long as one adds a layer."""
    drawn = [(row, _pairs(found.places, row)) for row in _draw(instance)]
    while drawn:
        row, pairs = max(drawn, key=lambda item: len(waiting.intersection(item[1])))
        if found.members and (not waiting & pairs or len(found.layers) >= most):
            return
        _add(found, model, name, row, without)
        waiting -= pairs
        drawn = [item for item in drawn if item[0] != row]


def _from_questions(
    found: Cover,
    model: Model,
    name: str,
    instance: Instance,
    without: Collection[str],
    most: int,
    waiting: set[Pair],
    told: Callable[[str], None],
) -> None:
    """A network for each form that is still waited for, as the solver finds one."""
    while waiting:
        told(f"{len(found.members)} networks, {len(waiting)} forms of layers to be found")
        if len(found.layers) >= most:
            found.notes.append(
                f"stopped at {most} distinct layers; fix choices, or raise `--most`, for the rest"
            )
            return
        place, form = min(waiting)
        row = _with(instance, found.places, place, form, waiting)
        waiting.discard((place, form))
        if row is not None:
            _add(found, model, name, row, without)
            waiting -= _pairs(found.places, row)


def _draw(instance: Instance) -> list[list[int]]:
    """Samples, each once; none where the space is too hard to be counted, or empty."""
    control = Control(time_limit=PATIENCE, progress=instance.control.progress)
    asked = Instance(
        instance.problem, instance.domains, instance.active, instance.assumptions, control
    )
    try:
        rows = solver.sample(asked, DRAWN, 0).tolist()
    except (Stopped, EmptySpace):
        return []
    return [list(row) for row in dict.fromkeys(map(tuple, rows))]


def _with(
    instance: Instance,
    places: Places,
    place: int,
    form: Form,
    waiting: set[Pair],
) -> Sequence[int] | None:
    """A solution in which a leaf has a form, and others, too, have forms that are waited for."""
    hints: dict[int, int] = {}
    for other, wanted in ((place, form), *sorted(waiting)):
        site = places.sites[other]
        numbers = site.forms[wanted]
        pairs = [
            (choice.variable, number)
            for choice, number in zip(site.choices, numbers, strict=True)
            if number is not None
        ]
        if all(hints.get(variable, number) == number for variable, number in pairs):
            hints.update(pairs)
    condition = places.sites[place].condition(form)
    asked = Instance(
        instance.problem,
        instance.domains,
        instance.active,
        (*instance.assumptions, *(c.node for c in condition)),
        instance.control,
        hints,
    )
    solution = solver.solve(asked, 1, True)
    instance.control.check("looking for layers")
    return solution.values


def _pairs(places: Places, row: Sequence[int]) -> set[Pair]:
    return {(i, form) for i, form in enumerate(places.forms(row)) if form is not None}


def _add(
    found: Cover, model: Model, name: str, row: Sequence[int], without: Collection[str]
) -> None:
    """Take a solution as a member, and note what its leaves are."""
    evaluation = model.certify(tuple(row), without)
    network = evaluation.network(name)
    member = Member(model.show_choices(evaluation), network, tuple(map(key, network.leaves)))
    found.members.append(member)
    there = [(i, f) for i, f in enumerate(found.places.forms(row)) if f is not None]
    found.known.update(zip(there, member.keys, strict=True))
