"""Ours or torch's own layer, from a described card, from papers, or from what was measured."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from archwright.kernels.cells.standard import CELLS, GRU, LSTM
from archwright.kernels.gpu.choose import choose
from archwright.kernels.gpu.pick import MEASURED, MODEL, PUBLISHED, ROOFLINE, measured, pick
from archwright.kernels.outcome import OURS


def test_many_heads_are_ours_and_one_wide_one_is_torchs() -> None:
    many = pick(LSTM, 16, 1024, 12, 64, card="h100")
    assert many.kernel == OURS and many.known_by == {OURS: MODEL, "nn.LSTM": ROOFLINE}
    assert many.milliseconds["nn.LSTM"] > 10 * many.milliseconds[OURS]
    wide = pick(LSTM, 16, 1024, 1, 768, card="h100")
    assert wide.kernel == "nn.LSTM" and wide.known_by["nn.LSTM"] == PUBLISHED
    assert wide.milliseconds["nn.LSTM"] == pytest.approx(2.01)
    assert str(wide).startswith("nn.LSTM should take 2.01 ms (published), archwright")


def test_the_roofline_comes_near_the_one_figure_that_is_published() -> None:
    values = choose(LSTM, 16, 1024, 1, 768, card="h100").values
    assert float(values["torch_time"]) == pytest.approx(2.01e-3, rel=0.2)


def test_the_roofline_reads_the_card() -> None:
    def torch(card: str, heads: int = 1, units: int = 3200, batch: int = 16) -> float:
        return pick(GRU, batch, 1024, heads, units, card=card).milliseconds["nn.GRU"]

    assert torch("h200") < torch("h100")  # weights beyond the L2 come from a faster memory
    assert torch("h100") < torch("a100")
    assert torch("h200", units=768) == torch("h100", units=768)
    assert torch("h100", heads=4, units=64) == pytest.approx(4 * torch("h100", units=64))
    assert torch("h100", units=768, batch=1024) > 2 * torch("h100", units=768)


def test_a_cell_that_torch_lacks_is_ours() -> None:
    found = pick(CELLS["slstm"], 16, 128, 1, 768)
    assert found.kernel == OURS and "torch has no slstm" in found.reason


def test_what_was_measured_comes_before_every_model(tmp_path: Path) -> None:
    layer = {"cell": "lstm", "units": 768, "heads": 1, "batch": 16, "steps": 1024,
             "weights": "bf16", "training": False, "goal": None}  # fmt: skip
    times = {"a": {"layer": layer, "milliseconds": {"ours": 1.5, "nn.LSTM": 2.0}},
             "b": {"reason": "RuntimeError"}}  # fmt: skip
    path = tmp_path / "told.json"
    path.write_text(json.dumps({"times": times}), encoding="utf-8")
    found = pick(LSTM, 16, 1024, 1, 768, card="h100", figures=measured(path))
    assert found.kernel == OURS and set(found.known_by.values()) == {MEASURED}
    assert found.reason == "archwright takes 1.5 ms (measured), nn.LSTM 2 ms (measured)"
    path.write_text("[1]", encoding="utf-8")
    with pytest.raises(ValueError, match="holds no figures"):
        measured(path)


def test_a_plan_tells_the_pick(monkeypatch: pytest.MonkeyPatch) -> None:
    torch = pytest.importorskip("torch")
    from archwright.kernels.gpu import plan
    from archwright.kernels.recurrent.reference import example

    monkeypatch.setattr(plan, "on_a_card", lambda *_: None)
    monkeypatch.setattr(plan, "card_here", lambda _: ("h100", 132))
    _, R, b, _ = (torch.from_numpy(x) for x in example(LSTM, 1, 1, 12, 64))
    made = plan.GpuPlan(LSTM, R, b, 16, 8)
    assert "proved fastest" in made.explain() and "picked archwright" in made.explain()
    with pytest.raises(plan.Unsupported, match="the plan is for"):
        made.run(torch.zeros(16, 9, 4, 12, 64))
    with pytest.raises(plan.Unsupported, match="s0 has shape"):
        made.run(torch.zeros(16, 8, 4, 12, 64), torch.zeros(2, 16, 1, 12, 63))
    with pytest.raises(plan.Unsupported, match="float64"):
        made.run(torch.zeros(16, 8, 4, 12, 64, dtype=torch.float64))
    empty = plan.GpuPlan(LSTM, R, b, 0, 8)
    assert empty.run(torch.zeros(0, 8, 4, 12, 64)).shape == (2, 0, 8, 12, 64)
