"""Time the layers that a space can use, where they stand, and keep them as a table."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from archwright.interpreter.architecture import Leaf
from archwright.interpreter.fronts import with_goals
from archwright.interpreter.questions import Model
from archwright.solvers import questions as solver
from archwright.solvers.control import Control, Stopped
from archwright.solvers.instance import Instance

from . import table
from .cover import Cover, Member, cover, key
from .in_place import Times, time_networks, together
from .measurement import Measurement
from .options import options
from .recurrences import compiles, need_here

Samples: TypeAlias = NDArray[np.float64]
ROUNDS = 21
MOST = 2000
AT_ONCE = 96  # networks that take turns
COMPILED = 4  # those whose kernels may have to be compiled
LOOKING = 0.5  # of a time limit that the search for layers may take


def measure(
    model: Model,
    name: str,
    instance: Instance,
    *,
    source: str,
    path: Path | None = None,
    without: Collection[str] = (),
    rounds: int = ROUNDS,
    threads: int = 1,
    most: int = MOST,
    held_out: int = 0,
    seed: int = 0,
    told: Callable[[str], None] = lambda text: None,
) -> Measurement:
    """Time every layer that a network of a space can have, inside networks of the space.

    Parameters
    ----------
    name : str
        Of the network.
    instance : Instance
        The question: what is fixed and dropped, and its control, which stops the work.
    source : str
        What the layers are those of; a table of something else is not added to.
    path : Path, optional
        Of the table. It is written after each round and at the end; layers that it has with as
        many repeats as there are rounds are not timed again.
    rounds, threads : int
    most : int
        Distinct layers at most.
    held_out : int
        So many further networks, drawn uniformly, are timed as a whole, to see how far the sum of
        their layers is off.

    Raises
    ------
    WrongTable
        If the table is damaged, not to be added to, or cannot be written.
    ArchError
        `no-builder`, `no-room`.
    ElsewhereOnly
        If a layer runs on a CUDA card, or is tiled for another processor.
    EmptySpace
        If the space is empty.
    """
    with table.held(path):
        found = table.opened(path, table.this_setting(threads), source)
        space = cover(model, name, _sooner(instance), most, without, told)
        instance.control.check("looking for layers")
        need_here(space.layers.values())
        known = found.with_repeats(rounds)
        needed = [m for m in space.members if not known.issuperset(m.keys)]
        work = _Work(found, path, space, known, rounds)
        stopped = False
        try:
            extra = _held_out(model, name, instance, without, held_out, seed, space)
            work.run([*needed, *extra], len(needed), threads, instance.control, told)
        except Stopped:
            stopped = True
        finally:
            notes = [*space.notes, *work.finish()]
    missing = set(space.layers) - found.with_repeats(rounds)
    if stopped:
        notes.append(
            f"stopped before {len(missing)} of {len(space.layers)} layers had all rounds; "
            "the same command goes on"
        )
    reused = len(known.intersection(space.layers))
    complete = space.complete and not stopped and not missing
    return Measurement(name, path, found, len(work.timed), reused, complete, tuple(notes))


@dataclass
class _Share(Control):
    """A part of the time of a control, which still ends with it."""

    whole: Control = field(default_factory=Control)
    share: float = 1.0

    @property
    def stopped(self) -> bool:
        """Whether the part is over, or the whole is cancelled."""
        limit = self.whole.time_limit
        return self.whole.stopped or (limit is not None and self.whole.seconds > self.share * limit)


def _sooner(instance: Instance) -> Instance:
    """The same question, to be done with when there is still time for layers to be timed."""
    whole = instance.control
    part = _Share(progress=whole.progress, started=whole.started, whole=whole, share=LOOKING)
    return replace(instance, control=part)


def _held_out(
    model: Model,
    name: str,
    instance: Instance,
    without: Collection[str],
    number: int,
    seed: int,
    space: Cover,
) -> list[Member]:
    """Networks drawn uniformly that are none of the cover."""
    if not number:
        return []
    rows = solver.sample(with_goals(instance, []), 4 * number, seed).tolist()
    taken = [m.choices for m in space.members]
    layers = set(space.layers)
    found: list[Member] = []
    for row in rows:
        evaluation = model.certify(tuple(row), without)
        network, choices = evaluation.network(name), model.show_choices(evaluation)
        keys = tuple(map(key, network.leaves))
        if choices not in taken and set(keys) <= layers and len(found) < number:
            found.append(Member(choices, network, keys))
            taken.append(choices)
    return found


class _Work:
    """Rounds as they come, and the table that they become."""

    def __init__(
        self,
        found: table.Table,
        path: Path | None,
        space: Cover,
        known: Collection[str],
        rounds: int,
    ) -> None:
        self.found, self.path, self.space = found, path, space
        self.known, self.rounds = known, rounds
        self.runs: list[tuple[Member, Times]] = []
        self.leaves = space.layers
        self.timed: set[str] = set()

    def run(
        self,
        members: Sequence[Member],
        inside: int,
        threads: int,
        control: Control,
        told: Callable[[str], None],
    ) -> None:
        """Time networks, the first `inside` of them leaf by leaf."""
        # Kernels take seconds to compile: soon there should be something to keep.
        at_once = COMPILED if compiles(self.leaves.values()) else AT_ONCE
        for group in together([m.network for m in members], at_once):
            some, done = [members[i] for i in group], len(self.runs)
            turns = time_networks(
                [m.network for m in some],
                self.rounds,
                threads=threads,
                whole_only={place for place, i in enumerate(group) if i >= inside},
                check=lambda: control.check("timing layers"),
            )
            for turn, times in enumerate(turns, 1):
                self.runs[done:] = list(zip(some, times, strict=True))
                self._store()
                told(
                    f"round {turn} of {self.rounds}, networks {done + 1} .. {len(self.runs)} "
                    f"of {len(members)}, {len(self.timed)} layers"
                )

    def _store(self) -> None:
        """Put the layers into the table, and the table into its file."""
        now = datetime.now(UTC).isoformat(timespec="seconds")
        for k, (single, scaled) in self._samples().items():
            leaf = self.leaves[k]
            self.timed.add(k)
            self.found.layers[k] = table.Layer(
                round(float(scaled.mean()), 3),
                *_quartiles(single),
                len(single),
                now,
                f"{leaf.module}.{leaf.op}",
                flops(leaf),
                moved(leaf),
            )
        if self.path is not None:
            self.found.write(self.path)

    def _samples(self) -> dict[str, tuple[Samples, Samples]]:
        """For each layer its microseconds of every run, and the same as shares of whole runs."""
        columns: dict[str, list[tuple[Samples, Samples]]] = {}
        for member, times in self.runs:
            if not times.leaves:
                continue
            single = np.array(times.leaves) * 1e6
            whole = np.median(times.whole) * 1e6
            scaled = single / single.sum(axis=1, keepdims=True) * whole
            for place, k in enumerate(member.keys):
                if k not in self.known:
                    columns.setdefault(k, []).append((single[:, place], scaled[:, place]))
        return {
            k: (np.concatenate([a for a, _ in found]), np.concatenate([b for _, b in found]))
            for k, found in columns.items()
        }

    def finish(self) -> list[str]:
        """Add networks and options, and write; gives notes."""
        times = {k: layer.time for k, layer in self.found.layers.items()}
        for member, run in self.runs:
            if not run.whole or not set(member.keys) <= set(times):
                continue  # stopped before it ran, or before the layers of one that is held out
            middle, low, high = _quartiles(np.array(run.whole) * 1e6)
            layers = round(sum(times[k] for k in member.keys), 3)
            self.found.networks[_choices(member.choices)] = table.Whole(
                middle, low, high, layers, len(member.keys), not run.leaves
            )
        self.found.options, notes = options(self.space, times)
        if self.path is not None:
            self.found.write(self.path)
        return notes


def _quartiles(values: Samples) -> tuple[float, float, float]:
    """The median, and the quartiles below and above it."""
    middle, low, high = np.percentile(values, [50, 25, 75]).round(3).tolist()
    return middle, low, high


def _choices(choices: Mapping[str, Any]) -> str:
    return " ".join(f"{name}={value}" for name, value in choices.items())


def flops(leaf: Leaf) -> float:
    """Floating-point operations of a layer: two for each multiply-accumulate."""
    return 2 * float(leaf.costs.get("macs", 0) + leaf.costs.get("pair_macs", 0))


def moved(leaf: Leaf) -> float:
    """Bytes that a layer reads and writes as it runs, in single precision."""
    elements = leaf.costs.get("params", 0) + sum(map(_size, (*leaf.input_shapes, leaf.shape)))
    return 4 * float(elements)


def _size(shape: Sequence[int]) -> int:
    return int(np.prod(shape, dtype=np.int64))
