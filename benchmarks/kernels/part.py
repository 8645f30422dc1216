"""A part of the table: what it measures, and the rows that come of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from .kept import Figures
from .row import Row

Found: TypeAlias = Mapping[str, Figures]  # by the names of items; some may be missing
RECURRENT = (
    "kernels/cells", "kernels/recurrent", "kernels/vector_ir.py", "kernels/machine",
    "gallery/flashrnn/here.arch", "dsl/std/rnn.arch", "benchmarks/kernels/limits.py",
)  # fmt: skip
FUSED = (
    "kernels/fused", "kernels/vector_ir.py", "kernels/machine", "benchmarks/mbconv.py",
    "benchmarks/kernels/fused.py",
)  # fmt: skip
MEASURE = ("kernels/measure", "kernels/networks", "benchmarks/layers.py")


@dataclass(frozen=True)
class Part:
    """One group of rows.

    Parameters
    ----------
    name : str
        As `--only` calls it.
    reads : sequence of str
        The code that decides its figures.
    items : mapping
        What is measured, by name: a function of the number of rounds.
    rows : callable
        The rows, of what was found so far.
    """

    name: str
    reads: Sequence[str]
    items: Mapping[str, Callable[[int], Mapping[str, Any]]]
    rows: Callable[[Found], list[Row]]
