"""Layers timed on this machine: a table for the next solve."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from archwright.interpreter.evaluate import Evaluation
from archwright.solvers.control import Progress
from archwright.solvers.sampling import EmptySpace

from .asking import asking
from .bound import Bound
from .running import meant, need_torch

if TYPE_CHECKING:
    from .rooflines import Measurement

ROUNDS, MOST = 21, 2000  # as in `kernels.measure`, which is imported when it is needed


def measure(
    p: Bound,
    out: str | Path | None = None,
    network: str | None = None,
    *,
    choices: Mapping[str, object] | None = None,
    without: Collection[str] | str = (),
    rounds: int = ROUNDS,
    threads: int = 1,
    most: int = MOST,
    held_out: int = 0,
    seed: int = 0,
    time_limit: float | None = None,
    progress: bool | Callable[[Progress], None] | None = None,
) -> Measurement:
    """Time every layer that a space can use, where it stands, and keep the times as a table.

    Parameters
    ----------
    p : Bound
        A bound spec; its choices and constraints say which layers there can be.
    out : str or Path, optional
        A netCDF file, or a zarr folder where the name ends in `.zarr`. It is written after each
        round; one that is there is added to, and what it has is not timed again.
    network : str, optional
        Which one, where the spec has several.
    choices, without
        What is fixed and dropped, as in questions.
    rounds : int
        Alternating rounds; the median of them counts.
    threads : int
        Of torch.
    most : int
        Distinct layers at most.
    held_out : int
        So many networks, drawn uniformly with `seed`, are timed as a whole and compared with the
        sum of their layers.
    time_limit : float, optional
        Seconds; what is timed by then is kept, as after Ctrl-C. Looking for the layers takes half
        of them at most.

    Raises
    ------
    ArchError
        `no-network`, `no-builder`, `no-room`, or `needs-torch` where torch is not installed.
    EmptySpace
        If no architecture is left.
    ElsewhereOnly
        A ValueError: a layer runs on a CUDA card, or is tiled for another processor.
    WrongTable
        If `out` is damaged, of another machine or network, being written by another process, or
        cannot be written.
    ValueError
        If there are no rounds, threads or layers to be timed.
    """
    for name, number, least in (("rounds", rounds, 1), ("threads", threads, 1), ("most", most, 1)):
        if number < least:
            raise ValueError(f"{name} is {number}: it must be at least {least}")
    if held_out < 0:
        raise ValueError(f"held_out is {held_out}: it must not be negative")
    bound = p.model.bound
    name = meant(Evaluation(bound, {}).network_names, network, bound.spec.header)
    need_torch("measuring", name, bound.spec.header, "in this spec")
    from archwright.kernels.measure.measure import measure as measure_space

    from .rooflines import with_faces

    dropped = (without,) if isinstance(without, str) else tuple(without)
    with asking(time_limit, progress) as control:
        instance = p.model.instance(p._fixed(choices), dropped, control)
        if instance is None:
            raise EmptySpace("no network: the fixed choices contradict each other")
        found = measure_space(
            p.model,
            name,
            instance,
            source=f"`{name}` of {Path(bound.spec.source.name).name}",
            path=None if out is None else Path(out),
            without=dropped,
            rounds=rounds,
            threads=threads,
            most=most,
            held_out=held_out,
            seed=seed,
            told=control.report,
        )
    return with_faces(found)
