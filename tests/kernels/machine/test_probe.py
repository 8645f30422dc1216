"""The probe: every field, on machines that tell much and on machines that tell nothing."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from archwright.dsl.load import load, loads
from archwright.interpreter.bind import bind
from archwright.kernels import cache, vector_ir
from archwright.kernels.machine import probe, processor


@pytest.fixture
def fresh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ARCHWRIGHT_CACHE", str(tmp_path))
    return tmp_path


def plausible(machine: probe.Machine) -> None:
    assert set(machine) == set(probe.FIELDS) == set(machine.sources)
    assert all(value > 0 and Fraction(value).denominator == 1 for value in machine.values())
    assert machine["l1d"] <= machine["l2"] and machine["usable_l2"] <= machine["l2"]
    assert machine["bw_l1"] >= machine["bw_memory"] / machine["cores"]
    assert 5 * 10**8 <= machine["clock"] <= 10**10


def test_measures_once_and_remembers(fresh: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first = probe.probe()
    plausible(first)
    assert "measuring" in capsys.readouterr().err
    again = probe.probe()
    assert dict(again) == dict(first) and not capsys.readouterr().err
    (kept,) = (fresh / "machines").glob("*.json")
    kept.write_text("{")  # a damaged file is measured again, not trusted
    plausible(probe.probe())
    assert "measuring" in capsys.readouterr().err


def test_files_that_hold_no_machine_are_not_believed(tmp_path: Path) -> None:
    machine = probe.probe()
    path = tmp_path / "machine.json"
    assert probe._recall(path) is None
    for text in (
        b"\xff\xfe\x00",
        b"[]",
        probe._remember(machine).replace('": "', '": "-').encode(),
    ):
        path.write_bytes(text)
        assert probe._recall(path) is None
    path.write_text(probe._remember(machine))
    assert dict(probe._recall(path) or {}) == dict(machine)


def test_prints_a_spec_that_binds_to_the_same_numbers() -> None:
    machine = probe.probe()
    host = bind(loads(probe.as_arch(machine))).records["host"]
    assert {name: host[name] for name in machine} == dict(machine)


def test_fields_are_fields_of_the_schema() -> None:
    schema = load(Path(processor.__file__).parents[2] / "dsl" / "std" / "cpu.arch").names["Cpu"]
    assert {entry.name.text for entry in schema.fields} >= set(probe.FIELDS)


def test_without_sysfs_caches_are_assumed_and_said_so(tmp_path: Path) -> None:
    found = processor.caches(tmp_path / "nothing")
    assert set(found) == {"l1d", "l2", "l3"}
    assert all(size > 0 for size, _ in found.values())


def test_reads_sysfs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processor.os, "sched_getaffinity", lambda _: {3, 5}, raising=False)
    for index, (level, kind, size) in enumerate(
        [("1", "Data", "32K"), ("1", "Instruction", "64K"), ("2", "Unified", "1M")]
    ):
        place = tmp_path / "cpu3" / "cache" / f"index{index}"
        place.mkdir(parents=True)
        (place / "level").write_text(level + "\n")
        (place / "type").write_text(kind + "\n")
        (place / "size").write_text(size + "\n")
    found = processor.caches(tmp_path)
    assert found["l1d"] == (32 * 1024, "system") and found["l2"] == (1024 * 1024, "system")
    assert found["l3"][0] == found["l2"][0]


@pytest.mark.parametrize(
    ("features", "family", "bits", "count"),
    [
        ({"avx512f", "avx2", "fma"}, "x86_64", 512, 32),
        ({"avx2", "fma"}, "x86_64", 256, 16),
        ({"sse2"}, "x86_64", 128, 16),
        (set(), "aarch64", 128, 32),
        (set(), "riscv64", 32, 16),
    ],
)
def test_vector_registers(
    features: set[str], family: str, bits: int, count: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(processor, "host_features", lambda: frozenset(features))
    monkeypatch.setattr(processor, "machine", lambda: family)
    found = processor.registers()
    assert (found.bits, found.count, found.lanes) == (bits, count, bits // 32)


def test_a_compiler_told_to_use_less_is_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    vector_ir.host_features.cache_clear()
    monkeypatch.setattr(vector_ir.config, "CPU_FEATURES", "+avx2,+fma,-avx512f")
    try:
        assert vector_ir.host_features() == {"avx2", "fma"}
    finally:
        vector_ir.host_features.cache_clear()


def test_an_unwritable_folder_is_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("ARCHWRIGHT_CACHE", str(tmp_path / "file"))
    folder = cache.folder("kernels")
    assert folder.is_dir() and tmp_path not in folder.parents
