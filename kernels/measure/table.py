"""The file of a measurement: layers by what they are, networks, and rows for specs to read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..machine import processor
from . import store

if TYPE_CHECKING:
    import xarray as xr

FORMAT = "archwright layers 1"  # with what is timed, and how
LAYERS, NETWORKS = "layers", "networks"


class WrongTable(ValueError):
    """A file that is no table of layers, or one that may not be added to."""


@dataclass(frozen=True)
class Setting:
    """What times belong to: those of different settings are never put together.

    Attributes
    ----------
    machine, torch : str
    threads, batch : int
    """

    machine: str
    torch: str
    threads: int = 1
    batch: int = 1


@dataclass(frozen=True)
class Layer:
    """One layer as timed in place, in microseconds.

    Attributes
    ----------
    time : float
        The mean of its share of a network's round, times the median of that network: so the
        times of layers add up to networks.
    median, low, high : float
        Median and quartiles of single runs.
    repeats : int
        How many times it ran.
    date : str
        Of the measurement, UTC.
    op : str
        `std.nn.conv`.
    flops, bytes : float
        Two for each multiply-accumulate; read and written, weights included, as it ran.
    """

    time: float
    median: float
    low: float
    high: float
    repeats: int
    date: str
    op: str
    flops: float
    bytes: float


@dataclass(frozen=True)
class Whole:
    """One network as timed, beside the sum of its layers.

    Attributes
    ----------
    time, low, high : float
        Median and quartiles, in microseconds.
    layers : float
        The sum of the times of its layers, in microseconds.
    leaves : int
    held_out : bool
        Whether no layer's time comes from this network.
    """

    time: float
    low: float
    high: float
    layers: float
    leaves: int
    held_out: bool


@dataclass
class Table:
    """Layers by what they are, and networks by their choices, of one setting.

    Attributes
    ----------
    source : str
        The spec and the network that `options` are about.
    options : Dataset or None
        What specs read; see `options.options`.
    """

    setting: Setting
    source: str
    layers: dict[str, Layer] = field(default_factory=dict)
    networks: dict[str, Whole] = field(default_factory=dict)
    options: xr.Dataset | None = None

    def with_repeats(self, least: int) -> set[str]:
        """The layers that were timed at least so often."""
        return {key for key, layer in self.layers.items() if layer.repeats >= least}

    def layer_data(self) -> xr.Dataset:
        """The layers along `layer`, of one machine along `machine`: tables of several go together.

        Times are in microseconds.
        """
        return self._along("layer", self.layers, Layer, ("time", "median", "low", "high"))

    def network_data(self) -> xr.Dataset:
        """The networks along `network`; times in microseconds."""
        return self._along("network", self.networks, Whole, ("time", "low", "high", "layers"))

    def _along(
        self, along: str, rows: Mapping[str, Any], kind: type[Any], times: tuple[str, ...]
    ) -> xr.Dataset:
        import numpy as np
        import xarray as xr

        types = {"str": np.str_, "int": np.int64, "float": np.float64, "bool": np.bool_}
        records = [asdict(row) for row in rows.values()]
        variables: dict[str, Any] = {}
        for name, annotation in kind.__annotations__.items():
            column: Any = np.array([record[name] for record in records], types[annotation])
            attributes = {"units": "us"} if name in times else {}
            variables[name] = (("machine", along), column[None, :], attributes)
        machine = np.array([self.setting.machine], np.str_)
        coordinates = {"machine": ("machine", machine), along: (along, np.array(list(rows), str))}
        return xr.Dataset(variables, coordinates, self._attributes())

    def _attributes(self) -> dict[str, Any]:
        return {"format": FORMAT, "source": self.source, **asdict(self.setting)}

    def write(self, path: Path) -> None:
        """Write all at once: as netCDF, or as zarr where the name ends so; see `store.write`.

        Raises
        ------
        WrongTable
            If the system does not let it be written, or a package is missing.
        """
        import xarray as xr

        root = xr.Dataset() if self.options is None else self.options
        sizes = {LAYERS: len(self.layers), NETWORKS: len(self.networks)}
        groups = {store.ROOT: root.assign_attrs(self._attributes() | sizes)}
        for group, data in ((LAYERS, self.layer_data()), (NETWORKS, self.network_data())):
            if data.sizes[group[:-1]]:
                groups[group] = data
        try:
            store.write(path, groups)
        except store.Unwritable as error:
            raise WrongTable(str(error)) from None


def this_setting(threads: int = 1) -> Setting:
    """What is timed here and now belongs to."""
    import torch

    return Setting(processor.name(), str(torch.__version__), threads)


def read(path: Path) -> Table:
    """A table as it was written.

    Raises
    ------
    WrongTable
        If the file is damaged or something else.
    """
    if why := store.missing_package(path):
        raise WrongTable(why)
    try:
        options = store.read(path)
        attributes = options.attrs
        if attributes.get("format") != FORMAT:
            raise WrongTable(f"`{path}` is no table of layers that `measure` wrote")
        setting = Setting(
            str(attributes["machine"]),
            str(attributes["torch"]),
            int(attributes["threads"]),
            int(attributes["batch"]),
        )
        table = Table(setting, str(attributes["source"]), options=options)
        for group, kind, rows in (
            (LAYERS, Layer, table.layers),
            (NETWORKS, Whole, table.networks),
        ):
            if attributes[group]:
                _read_group(path, group, kind, rows)
    except WrongTable:
        raise
    except Exception as error:  # the backend raises whatever it likes
        why = str(error).partition("\n")[0].partition(". ")[0]
        raise WrongTable(
            f"`{path}` cannot be read as a table of layers ({why}); remove it to begin anew"
        ) from None
    return table


def _read_group(path: Path, group: str, kind: type[Any], rows: dict[str, Any]) -> None:
    types = {"str": str, "int": int, "float": float, "bool": bool}
    data = store.read(path, group)
    columns = {
        name: [types[annotation](value) for value in data[name].values[0]]
        for name, annotation in kind.__annotations__.items()
    }
    for i, key in enumerate(data[group[:-1]].values):
        rows[str(key)] = kind(**{name: column[i] for name, column in columns.items()})


@contextmanager
def held(path: Path | None) -> Iterator[None]:
    """Let no other process measure into the same file; without a file there is nothing to hold.

    Raises
    ------
    WrongTable
        If another process does so now.
    """
    if path is None:
        yield
        return
    try:
        with store.held(path):
            yield
    except store.Unwritable as error:
        raise WrongTable(str(error)) from None


def opened(path: Path | None, setting: Setting, source: str) -> Table:
    """The table at a path, to be added to; an empty one where there is no file.

    Raises
    ------
    WrongTable
        If the file is damaged, or its times are those of another machine, version of torch,
        number of threads, or network.
    """
    if path is None or not path.exists():
        return Table(setting, source)
    table = read(path)
    for name, there in asdict(table.setting).items():
        here = getattr(setting, name)
        if there != here:
            what = {"machine": "the machine", "torch": "torch"}.get(name, name)
            raise WrongTable(
                f"`{path}` holds times for {what} {there}, and this is {here}: "
                "write to another file, or remove it to begin anew"
            )
    if table.source != source:
        raise WrongTable(
            f"`{path}` holds the layers of {table.source}, and these are those of {source}: "
            "write to another file"
        )
    return table
