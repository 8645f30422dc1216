"""The benchmark's script, tried without a card and without what a bare checkout lacks."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[3]
SCRIPT = ROOT / "benchmarks" / "gpu_rnn.py"
WITHOUT = """
import sys

class Missing:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {"numba", "llvmlite", "lark", "pydantic", "rich", "typer"}:
            raise ImportError(name)

sys.meta_path.insert(0, Missing())
"""


@pytest.fixture(scope="module")
def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("gpu_rnn", SCRIPT)
    assert spec is not None and spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    sys.modules["gpu_rnn"] = made
    spec.loader.exec_module(made)
    return made


def test_the_kept_tiles_are_those_of_the_specs(script: ModuleType) -> None:
    kept = json.loads(script.TILES.read_text(encoding="utf-8"))
    assert kept["specs"] == script.specs(), "python benchmarks/gpu_rnn.py --write-tiles"
    for layer in [*script.TIMED, *script.CHECKED, *script.DRY_TIMED, *script.DRY_CHECKED]:
        for backward in (False, True):
            assert script._key(layer, backward) in kept
    some = [script.DRY_CHECKED[0], script.TIMED[2]]
    assert script.solve_tiles(some).items() <= kept.items()


def test_a_floor_is_the_longest_of_three(script: ModuleType) -> None:
    from archwright.kernels.gpu.tile import GpuTile

    ceilings = {"copy_TB_s": 4.0, "bf16_TFLOP_s": 800.0, "tf32_TFLOP_s": 400.0,
                "meeting_16_us": 1.0, "meeting_48_us": 2.0}  # fmt: skip
    alone, team = GpuTile(16, 64, 64, 8), GpuTile(16, 16, 64, 4)
    small, wide = script.Layer("lstm", 64, 12, 16), script.Layer("lstm", 768, 1, 16)
    units = 16 * 1024 * 768
    assert script.floor(small, alone, ceilings) == pytest.approx(units * 16 / 4e12 * 1e3)
    assert script.floor(wide, team, ceilings) == pytest.approx(1024 * 2e-3)


def test_a_dry_run_of_a_bare_checkout(tmp_path: Path) -> None:
    pytest.importorskip("torch")
    pytest.importorskip("triton", reason="needs Triton: pip install 'archwright[gpu]'")
    (tmp_path / "sitecustomize.py").write_text(WITHOUT, encoding="utf-8")
    told = tmp_path / "told.json"
    environment = dict(os.environ, PYTHONPATH=os.pathsep.join([str(tmp_path), str(ROOT)]))
    done = subprocess.run(
        [sys.executable, str(SCRIPT), "--dry", "--json", str(told)],
        capture_output=True, text=True, timeout=300, env=environment,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    found = json.loads(told.read_text(encoding="utf-8"))
    assert not told.with_suffix(".part").exists()
    assert found["ceilings"]["launch_us"] > 0 and found["ceilings"]["copy_TB_s"] > 0
    assert [e["passed"] for e in found["errors"].values()] == [True]
    forward, training = found["times"].values()
    assert set(forward["milliseconds"]) == {
        "ours", "ours again", "eager loop", "alternating", "loop in a graph", "nn.LSTM"
    }  # fmt: skip
    assert not forward["unable"] and forward["floor"] > 0 and training["floor"] is None
    assert found["table"] in done.stdout and "no findings" in found["clocks"]


def test_without_time_it_names_what_it_left_out(script: ModuleType, tmp_path: Path) -> None:
    pytest.importorskip("triton", reason="needs Triton: pip install 'archwright[gpu]'")
    record = script.Record(tmp_path / "told.json")
    layers = script.DRY_CHECKED
    script.check_all(layers, layers, {}, True, record, until=0.0)
    assert [e["reason"] for e in record.told["errors"].values()] == ["left out, no time"]
    assert json.loads(record.path.read_text(encoding="utf-8"))["errors"]


def test_a_peer_that_fails_does_not_end_the_layer(script: ModuleType) -> None:
    class Counting:
        rounds = 2

        def seconds(self, work, calls, warm):  # type: ignore[no-untyped-def]
            work()
            return 1.0

        def settle(self) -> None: ...

    def fails() -> None:
        raise RuntimeError("no such kernel")

    made = {"ours": [lambda: None], "nn.LSTM": [fails]}
    samples, unable = script.timed(made, Counting())
    assert samples == {"ours": [1000.0, 1000.0]} and "no such kernel" in unable["nn.LSTM"]
    with pytest.raises(RuntimeError):
        script.timed({"ours": [fails]}, Counting())
