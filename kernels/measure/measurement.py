"""What came of timing the layers of a space."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import predict, table

if TYPE_CHECKING:
    import xarray as xr

    from .roofline import Roofline


@dataclass(frozen=True, repr=False)
class Measurement:
    """Layers of a space as timed on this machine.

    Attributes
    ----------
    network : str
    path : Path or None
        Where the table lies.
    timed, reused : int
        Distinct layers that were timed now, and those whose times were there before.
    complete : bool
        Whether all were, rather than those before a limit or Ctrl-C.
    notes : tuple of str
        What else is to be known.
    """

    network: str
    path: Path | None
    table: table.Table = field(compare=False)
    timed: int
    reused: int
    complete: bool
    notes: tuple[str, ...]

    @property
    def layers(self) -> xr.Dataset:
        """The layers along `layer`; times in microseconds."""
        return self.table.layer_data()

    @property
    def networks(self) -> xr.Dataset:
        """The networks that were timed whole, along `network`."""
        return self.table.network_data()

    @property
    def options(self) -> xr.Dataset:
        """What specs read: times by label, index and choice."""
        assert self.table.options is not None
        return self.table.options

    def errors(self, held_out: bool = True, fitted: bool = False) -> predict.Errors | None:
        """How far sums of layers are from whole networks, of which none lent a layer if held out.

        `fitted` adds what fits the others best.
        """
        inside = [n for n in self.table.networks.values() if not n.held_out]
        some = [n for n in self.table.networks.values() if n.held_out == held_out]
        return predict.errors(some, predict.fit(inside) if fitted else None)

    def roofline(self) -> Roofline:
        """The layers against the lines of this machine."""
        from .roofline import roofline

        return roofline(self.table.layers)

    def to_json(self) -> dict[str, Any]:
        """The fields of `archwright measure --json`."""

        inside, outside = self.errors(held_out=False), self.errors()
        return {
            "network": self.network,
            "out": None if self.path is None else str(self.path),
            "complete": self.complete,
            "timed": self.timed,
            "reused": self.reused,
            "columns": {
                str(name): [str(d) for d in column.dims] for name, column in self.options.items()
            },
            "in_sample": None if inside is None else inside.to_json(),
            "held_out": None if outside is None else outside.to_json(),
            "notes": list(self.notes),
        }

    def __repr__(self) -> str:
        where = "" if self.path is None else f", in {self.path}"
        setting = self.table.setting
        reused = f" and {self.reused} reused" if self.reused else ""
        told = [
            f"{self.network}: {self.timed} layers timed{reused}{where}",
            f"  on {setting.machine}, torch {setting.torch}, {setting.threads} thread"
            + "s" * (setting.threads > 1),
            *(f"  {line}" for line in self._columns()),
            *(f"  {line}" for line in predict.lines(list(self.table.networks.values()))),
            *(f"  note: {note}" for note in self.notes),
        ]
        return "\n".join(told)

    def _columns(self) -> list[str]:
        """How a spec reads the table: a declaration for each set of keys."""
        together: dict[tuple[str, ...], list[str]] = {}
        for name, column in self.options.items():
            together.setdefault(tuple(map(str, column.dims)), []).append(f"{name}: us")
        return [
            f"table …({', '.join(keys)}) -> ({', '.join(names)})"
            for keys, names in together.items()
        ]
