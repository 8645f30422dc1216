"""Answers as netCDF files: what xarray reads is what the command says, in natural units."""

from __future__ import annotations

from math import isnan
from pathlib import Path
from typing import Any

import pytest

import archwright as aw
from archwright.arrays import column

from .command import Command

xarray = pytest.importorskip("xarray")
pytest.importorskip("netCDF4")

SPEC = """arch 1
enum Order { rows, columns }
space s {
  n[i in 1 .. 2]: {4, 8, 12}
  size:  {2 KiB, 6 KiB}
  pad:   {1 ms, 3 ms} when size > 2 KiB
  order: Order
  on:    bool
}
let total = n[1] + n[2]
require small: size * n[1] <= 48 KiB because "{size} times {n[1]}"
require few: total >= 16
require odd: order == columns implies on
optimize pareto { minimize total as total  maximize size as room }
"""
NAMES = ["n[1]", "n[2]", "size", "pad", "order", "on"]


@pytest.fixture
def spec(tmp_path: Path) -> Path:
    path = tmp_path / "s.arch"
    path.write_text(SPEC)
    return path


class Asked:
    """A command with `--json` and `--out`."""

    def __init__(self, command: Command, *arguments: object, code: int = 0) -> None:
        out = Path(str(arguments[1])).with_suffix(".nc")
        outcome = command(*arguments, "--json", "-q", "--out", out)
        assert outcome.code == code, outcome.err
        self.json = outcome.json
        with xarray.open_dataset(out) as data:
            self.data = data.load()


def number(value: Any) -> Any:
    """A value of JSON in its natural unit."""
    if isinstance(value, dict):
        return value["value"] * {"ms": 1e-3}.get(value["unit"], 1)
    return int(value) if isinstance(value, bool) else value


def same(found: Any, said: Any) -> bool:
    """Whether an item of an array is a value of JSON, which is absent where it is inactive."""
    if said is None:
        return isnan(found)
    return bool(
        found == pytest.approx(number(said)) if not isinstance(said, str) else found == said
    )


def test_solve(command: Command, spec: Path) -> None:
    asked = Asked(command, "solve", spec)
    data, said = asked.data, asked.json
    assert not data.dims and data.attrs["status"] == "optimal"
    assert data.attrs["nodes"] == said["proof"]["nodes"]
    for name, value in {**said["goals"], **said["choices"], **said["values"]}.items():
        assert same(data[name].item(), value), name
    assert set(data.coords) == {"total", "room"} and data["room"].attrs == {"units": "B"}
    assert data["order"].item() == "rows"


def test_count_of_any_size(command: Command, spec: Path) -> None:
    assert Asked(command, "count", spec).data["count"].item() == 36
    spec.write_text("arch 1\nspace s { x[i in 1 .. 30]: 1 .. 7 }")
    count = Asked(command, "count", spec).data["count"]
    assert count.attrs["exact"] == str(7**30) and count.item() == float(7**30)


def test_all_of_them(command: Command, spec: Path) -> None:
    asked = Asked(command, "all", spec, "--verify")
    assert asked.json["verified"] and asked.data.sizes == {"solution": 36}
    assert list(asked.data.data_vars) == asked.json["choices"] == NAMES
    for i, row in enumerate(asked.json["rows"]):
        for name, value in zip(NAMES, row, strict=True):
            first = 1e-3 if value is None else value  # inactive choices hold their first value
            assert same(asked.data[name].values[i], first)
    assert asked.data["pad"].attrs == {"units": "s"} and asked.data["n[1]"].attrs == {}


def test_samples(command: Command, spec: Path) -> None:
    asked = Asked(command, "sample", spec, "-n", 12, "--seed", 3)
    assert asked.data.attrs["seed"] == 3 and asked.data.sizes == {"draw": 12}
    assert list(asked.data.data_vars) == NAMES
    for i, row in enumerate(asked.json["rows"]):
        assert all(same(asked.data[name].values[i], row.get(name)) for name in NAMES)
    assert asked.data["size"].attrs == {"units": "B"}


@pytest.mark.parametrize("fast", [False, True])
def test_domains(command: Command, spec: Path, fast: bool) -> None:
    asked = Asked(command, "domains", spec, "--fix", "size=2 KiB", *["--fast"] * fast)
    assert asked.data.attrs["exact"] == int(not fast)
    for name, values in asked.json["domains"].items():
        assert len(asked.data[name]) == len(values)
        assert all(map(same, asked.data[name].values, values))
    assert asked.data["size"].values.tolist() == [2048] and not len(asked.data["pad"])


def test_pareto(command: Command, spec: Path) -> None:
    asked = Asked(command, "pareto", spec)
    data, points = asked.data, asked.json["points"]
    assert data.attrs["complete"] == 1 and data.sizes == {"point": len(points)}
    assert set(data.coords) == {"total", "room"} and list(data.data_vars) == NAMES
    for i, point in enumerate(points):
        assert all(same(data[k].values[i], v) for k, v in point["goals"].items())
        assert all(same(data[k].values[i], point["choices"].get(k)) for k in NAMES)


def test_explain(command: Command, spec: Path) -> None:
    asked = Asked(command, "explain", spec, "--fix", "n[1]=12", "--fix", "size=6 KiB")
    data, said = asked.data, asked.json
    assert data["instance"].values.tolist() == [m["instance"] for m in said["conflict"]]
    assert data["reason"].values.tolist() == ["6 KiB times 12"]
    assert data["change"].values.tolist() == [r["change"] for r in said["repairs"]]
    assert data["line"].values.tolist() == [11]
    feasible = Asked(command, "explain", spec)
    assert feasible.data.attrs["status"] == "feasible" and feasible.data.sizes["member"] == 0


def test_tightness(command: Command, spec: Path) -> None:
    asked = Asked(command, "tightness", spec, "few")
    curve = asked.json["curve"]
    assert asked.data["limit"].values.tolist() == [limit for limit, _ in curve]
    assert asked.data["total"].values.tolist() == [goal for _, goal in curve]


def test_nothing_fits_and_no_file(command: Command, spec: Path) -> None:
    for name in ("solve", "pareto", "sample"):
        out = spec.with_name(f"{name}.nc")
        fixed = ("--fix", "n[1]=12", "--fix", "size=6 KiB")
        assert command(name, spec, *fixed, "--out", out, "-q").code == 3
        assert not out.exists()


def test_goals_past_64_bits_and_goals_called_like_a_choice(command: Command, spec: Path) -> None:
    spec.write_text("""arch 1
    space s { x: 1 .. 3 }
    optimize pareto { minimize -x * 10 ^ 19 as far  minimize 2 * x as x }
    """)
    data = Asked(command, "pareto", spec).data
    assert data["far"].values.tolist() == [-3e19, -2e19, -1e19]
    assert data["far"].attrs["exact"] == f"{-3 * 10**19} {-2 * 10**19} {-(10**19)}"
    assert data["x"].values.tolist() == [6, 4, 2]
    assert data["x (choice)"].values.tolist() == [3, 2, 1]


def test_columns() -> None:
    size = aw.loads("arch 1\nspace s { b: {2 KiB} }").bind().all()[0]["b"]
    array, attributes = column([size, None])
    assert array.tolist()[0] == 2048 and isnan(array[1]) and attributes == {"units": "B"}
    assert column([True, False])[0].tolist() == [1, 0]
    assert column(["a", None])[0].tolist() == ["a", ""]
    assert column([])[0].tolist() == []
    assert column([2**63 - 1, -(2**63)])[0].dtype == "int64"
