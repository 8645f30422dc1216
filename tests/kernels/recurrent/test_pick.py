"""Picking between kernels: the faster prediction, a measurement where they are close, kept."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from archwright.kernels.cells.cell import Cell
from archwright.kernels.cells.expression import tanh
from archwright.kernels.outcome import OURS
from archwright.kernels.recurrent import choose, peers
from archwright.kernels.recurrent import pick as picking
from archwright.kernels.recurrent.pick import pick, step_seconds

LAYER = ("lstm", 4, 8, 1, 64)


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A machine on which torch takes a microsecond a step, for every 64 units and row."""
    pytest.importorskip("torch")
    rates = {
        cell: {(units, batch): units * batch / 64e6 for units in picking.UNITS
               for batch in picking.BATCHES}
        for cell in peers.MODULES
    }  # fmt: skip
    monkeypatch.setattr(picking, "_rates", lambda: rates)
    monkeypatch.setattr(picking, "_path", lambda question: tmp_path / "kept.json")
    picking._timed.cache_clear()
    return tmp_path


def ours(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    monkeypatch.setattr(choose, "expected_seconds", lambda layer: seconds)


def test_between_the_points_of_the_grid_times_are_powers(machine: Path) -> None:
    for units, batch in ((64, 4), (100, 7), (8, 1), (4096, 100)):
        assert step_seconds("gru", units, batch) == pytest.approx(units * batch / 64e6)


def test_the_clearly_faster_kernel_is_taken(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ours(monkeypatch, 8e-6)
    first = pick(*LAYER)
    assert (first.kernel, first.measured) == (OURS, False)
    assert first.seconds["nn.LSTM"] == pytest.approx(32e-6) and "nn.LSTM 0.032 ms" in str(first)
    ours(monkeypatch, 80e-6)
    assert pick(*LAYER).kernel == "nn.LSTM"
    assert not list(machine.iterdir())


def test_where_predictions_are_close_both_are_timed_once(
    machine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours(monkeypatch, 30e-6)
    found = pick(*LAYER)
    assert found.measured and set(found.seconds) == {OURS, "nn.LSTM"}
    (file,) = machine.iterdir()
    told = json.loads(file.read_text())
    told["seconds"] = {OURS: 2.0, "nn.LSTM": 1.0}
    file.write_text(json.dumps(told))
    picking._timed.cache_clear()
    assert pick(*LAYER).kernel == "nn.LSTM" and pick(*LAYER).seconds[OURS] == 2.0
    file.write_text("half of a fi")
    picking._timed.cache_clear()
    assert pick(*LAYER).seconds[OURS] < 1.0
    assert json.loads(file.read_text())["question"] == "lstm 4 8 1 64"


def test_what_torch_does_not_have_is_ours(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "torch has no slstm" in pick("slstm", 1, 8, 1, 16).reason
    own = Cell.define("lstm", ["a"], ["h"], lambda g, s: {"h": tanh(g.a)})
    assert "torch has no lstm" in pick(own, 1, 8, 1, 16).reason
    monkeypatch.setattr(peers, "has_torch", lambda: False)
    assert "not installed" in pick(*LAYER).reason
