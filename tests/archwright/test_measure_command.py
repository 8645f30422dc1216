"""`archwright measure`: what it prints, leaves with and refuses."""

from __future__ import annotations

from pathlib import Path

import pytest

from .command import Command

pytest.importorskip("torch")
pytest.importorskip("netCDF4")

SPEC = """arch 1
import std.nn as nn
space s {
  k: {1, 3}
}
network net(x: tensor[3, 8, 8]) {
  x = nn.conv(x, out = 4, k = k) as layer
  return x
}
"""


@pytest.fixture
def spec(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "small.arch").write_text(SPEC)
    return tmp_path / "small.arch"


def test_a_table_and_a_picture_are_written(command: Command, spec: Path) -> None:
    done = command("measure", spec, "--rounds", 2, "--roofline", "lines.svg", "--json")
    assert done.code == 0
    assert (done.json["timed"], done.json["reused"], done.json["complete"]) == (2, 0, True)
    assert done.json["columns"] == {"layer_time": ["k"]}
    assert Path("small.nc").is_file() and Path("lines.svg").read_text().startswith("<svg")
    again = command("measure", spec, "--rounds", 2)
    assert "0 layers timed and 2 reused, in small.nc" in again.out
    assert "table …(k) -> (layer_time: us)" in again.out


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--out", "table.csv"], "rows are written as netCDF"),
        (["-o", "nowhere/table.nc"], "there is no folder"),
        (["-o", "nowhere/table.zarr"], "there is no folder"),
        (["--roofline", "lines.png"], "drawn as SVG"),
        (["--rounds", "0"], "--rounds"),
        (["--network", "other"], "there is no network called `other`"),
        (["--fix", "k=2"], "`k` cannot be 2"),
    ],
)
def test_wrong_calls_leave_with_2(
    command: Command, spec: Path, options: list[str], said: str
) -> None:
    done = command("measure", spec, *options)
    assert done.code == 2 and said in " ".join(done.err.replace("│", " ").split())


def test_data_of_a_roofline_are_written(command: Command, spec: Path) -> None:
    xarray = pytest.importorskip("xarray")
    assert command("measure", spec, "--rounds", 2, "--roofline", "lines.nc").code == 0
    with xarray.open_dataset("lines.nc") as data:
        assert dict(data.sizes)["layer"] == 2 and float(data.rate.min()) > 0


def test_a_zarr_folder_is_read_by_the_next_solve(command: Command, spec: Path) -> None:
    pytest.importorskip("zarr")
    assert command("measure", spec, "--rounds", 2, "-o", "small.zarr").code == 0
    reader = 'arch 1\ntable layer(k) -> (layer_time: us) from "small.zarr"\n'
    reader += "space s {\n  k: {1, 3}\n}\nminimize layer[k].layer_time as time\n"
    Path("here.arch").write_text(reader)
    assert "optimal" in command("solve", "here.arch").out


def test_a_damaged_table_is_told(command: Command, spec: Path) -> None:
    Path("small.nc").write_text("rubbish")
    done = command("measure", spec)
    told = " ".join(done.err.replace("│", " ").split())
    assert done.code == 2 and "cannot be read as a table of layers" in told


def test_a_spec_without_network_is_told(command: Command, spec: Path) -> None:
    spec.write_text("arch 1\nspace s {\n  k: {1, 3}\n}\n")
    done = command("measure", spec)
    assert done.code == 2 and "no-network: the spec describes no network" in done.err


def test_an_empty_space_is_explained(command: Command, spec: Path) -> None:
    spec.write_text(SPEC + "require never: k > 3\n")
    done = command("measure", spec)
    assert done.code == 3 and "never" in done.out
