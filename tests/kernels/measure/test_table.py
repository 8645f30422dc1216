"""The file of a measurement: what is written is read, and what does not fit is refused."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from archwright.kernels.measure.table import (
    Layer,
    Setting,
    Table,
    Whole,
    WrongTable,
    held,
    opened,
    read,
)

SETTING = Setting("a machine", "2.13")
LAYER = Layer(12.5, 12.25, 12.0, 13.0, 22, "2026-01-02T03:04:05+00:00", "std.nn.conv", 1e6, 4e3)


def filled() -> Table:
    layers = {"std.nn.conv(3x8x8; out=4)": LAYER, "std.nn.add(4x8x8 4x8x8; )": LAYER}
    networks = {"k[1]=3 wide=true": Whole(25.0, 24.0, 26.0, 24.5, 2, True)}
    return Table(SETTING, "`net` of a.arch", layers, networks)


def test_what_is_written_is_read(tmp_path: Path) -> None:
    path, table = tmp_path / "a.nc", filled()
    table.write(path)
    found = read(path)
    assert (found.setting, found.source) == (table.setting, table.source)
    assert found.layers == table.layers and found.networks == table.networks
    assert [p.name for p in tmp_path.iterdir()] == ["a.nc"]  # nothing half-written stays


def test_an_empty_table_is_written_and_read(tmp_path: Path) -> None:
    Table(SETTING, "`net` of a.arch").write(tmp_path / "a.nc")
    assert read(tmp_path / "a.nc").layers == {}


def test_tables_of_machines_go_together() -> None:
    xarray = pytest.importorskip("xarray")
    here, there = filled(), replace(filled(), setting=replace(SETTING, machine="another"))
    both = xarray.concat([here.layer_data(), there.layer_data()], "machine")
    assert dict(both.sizes) == {"machine": 2, "layer": 2}
    assert both.time.attrs["units"] == "us"


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        (replace(SETTING, machine="another"), "for the machine a machine, and this is another"),
        (replace(SETTING, torch="2.14"), "for torch 2.13, and this is 2.14"),
        (replace(SETTING, threads=2), "for threads 1, and this is 2"),
    ],
)
def test_times_of_other_settings_are_not_added_to(
    tmp_path: Path, setting: Setting, said: str
) -> None:
    filled().write(tmp_path / "a.nc")
    with pytest.raises(WrongTable, match=said):
        opened(tmp_path / "a.nc", setting, "`net` of a.arch")


def test_layers_of_another_network_are_not_added_to(tmp_path: Path) -> None:
    filled().write(tmp_path / "a.nc")
    with pytest.raises(WrongTable, match=r"holds the layers of `net` of a\.arch, and these"):
        opened(tmp_path / "a.nc", SETTING, "`net` of b.arch")


@pytest.mark.parametrize("content", [b"", b"rubbish", b"\x89HDF\r\n\x1a\n" + b"\0" * 600])
def test_damaged_files_are_told(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.nc"
    path.write_bytes(content)
    with pytest.raises(WrongTable, match="cannot be read as a table of layers"):
        read(path)


def test_a_cut_file_is_told(tmp_path: Path) -> None:
    path = tmp_path / "a.nc"
    filled().write(path)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(WrongTable, match="cannot be read"):
        read(path)


def test_another_netcdf_file_is_told(tmp_path: Path) -> None:
    xarray = pytest.importorskip("xarray")
    xarray.Dataset({"x": ("y", [1, 2])}).to_netcdf(tmp_path / "a.nc")
    with pytest.raises(WrongTable, match="no table of layers that `measure` wrote"):
        read(tmp_path / "a.nc")


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(WrongTable, match="does not let"):
        filled().write(tmp_path / "nowhere" / "a.nc")


def test_zarr_holds_the_same(tmp_path: Path) -> None:
    pytest.importorskip("zarr")
    path, table = tmp_path / "a.zarr", filled()
    table.write(path)
    table.write(path)
    found = read(path)
    assert found.layers == table.layers and found.networks == table.networks
    assert [p.name for p in tmp_path.iterdir()] == ["a.zarr"]


def test_zarr_without_its_package_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("archwright.kernels.measure.store.find_spec", lambda name: None)
    with pytest.raises(WrongTable, match="a zarr folder needs the package xarray"):
        filled().write(tmp_path / "a.zarr")


def test_a_damaged_zarr_folder_is_told(tmp_path: Path) -> None:
    pytest.importorskip("zarr")
    path = tmp_path / "a.zarr"
    filled().write(path)
    (path / ".zmetadata").write_text("{")
    with pytest.raises(WrongTable, match="cannot be read"):
        read(path)


def test_two_do_not_measure_into_one_file(tmp_path: Path) -> None:
    path = tmp_path / "a.nc"
    said = "another process measures into"
    with held(path), pytest.raises(WrongTable, match=said), held(path):
        pass
    with held(path), held(tmp_path / "b.nc"):
        pass


def test_what_a_kill_left_is_tidied(tmp_path: Path) -> None:
    """A half-written file beside the table, and a folder moved away with no new one there."""
    pytest.importorskip("zarr")
    (tmp_path / "a.zarr123.part").mkdir()
    (tmp_path / "other.part").touch()
    filled().write(tmp_path / "a.zarr")
    (tmp_path / "a.zarr").rename(tmp_path / "a.zarr.former")
    with held(tmp_path / "a.zarr"):
        assert read(tmp_path / "a.zarr").layers == filled().layers
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.zarr", "other.part"]
