"""`run`: checked, timed, honest about what it did not do."""

from __future__ import annotations

import json
from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest

from archwright.dsl.diagnostics import ArchError
from archwright.interpreter.architecture import Leaf, Network
from archwright.interpreter.values import Enumerator
from archwright.kernels import timing
from archwright.kernels.cells.standard import CELLS
from archwright.kernels.machine import processor
from archwright.kernels.outcome import OURS, Run, WrongResult
from archwright.kernels.recurrent import peers
from archwright.kernels.recurrent.tile import Tile
from archwright.kernels.run import run


def network(
    tile: Tile, batch: int = 5, steps: int = 4, heads: int = 2, units: int = 19, cell: str = "lstm"
) -> Network:
    kind = CELLS.get(cell, CELLS["lstm"])
    given, states = len(kind.given), len(kind.states)
    arguments: dict[str, Any] = {name: Fraction(value) for name, value in tile.to_json().items()}
    arguments |= {"cell": Enumerator("std.rnn:Cell", 0, cell), "expected": Fraction(1, 1000)}
    arguments |= {"streaming": tile.streaming, "narrow": tile.narrow}
    leaf = Leaf(
        "cell", "cell", "recurrent", "std.rnn", True,
        arguments,
        (0,), ((batch, steps, given, heads, units),), 1, (states, batch, steps, heads, units),
        {"time": Fraction(1, 1000)},
    )  # fmt: skip
    return Network("layer", (("x", 0, leaf.input_shapes[0]),), (leaf,), 1)


TILE = Tile(4, 3, 1, 5)


def test_compares_and_times_in_one_go() -> None:
    pytest.importorskip("torch")
    outcome = run(network(TILE), repeats=2)
    assert outcome.executed and outcome.max_error <= 3e-6
    assert set(outcome.times_ms) == {OURS, peers.EAGER, "nn.LSTM"}
    assert outcome.ratios[peers.EAGER] == pytest.approx(
        outcome.times_ms[peers.EAGER] / outcome.times_ms[OURS]
    )
    assert outcome.predicted_ms == 1.0
    told = json.loads(json.dumps(outcome.to_json()))
    assert told["tile"]["rows"] == 3 and told["executed"] is True
    for word in ("layer", "max error", "eager loop", "nn.LSTM", "predicted", "picked"):
        assert word in str(outcome)


@pytest.mark.parametrize("cell", ["elman", "gru", "slstm"])
def test_every_cell_runs(cell: str) -> None:
    outcome = run(network(replace(TILE, narrow=cell == "gru"), cell=cell), repeats=0)
    assert outcome.max_error <= 3e-6 and cell in str(outcome)


def test_a_cell_of_ones_own_is_no_matter_of_a_spec() -> None:
    with pytest.raises(ArchError) as caught:
        run(network(TILE, cell="own"))
    assert caught.value.diagnostics[0].slug == "no-builder"


def test_without_torch_it_still_checks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(peers, "has_torch", lambda: False)
    outcome = run(network(TILE), repeats=1)
    assert set(outcome.times_ms) == {OURS} and outcome.max_error <= 3e-6
    assert any("torch is not installed" in note for note in outcome.notes)


def test_vectors_wider_than_the_machine_are_checked_only(monkeypatch: pytest.MonkeyPatch) -> None:
    narrow = processor.Registers(32, 16, "for this test")
    monkeypatch.setattr(processor, "registers", lambda: narrow)
    outcome: Run = run(network(TILE), repeats=1)
    assert not outcome.executed and not outcome.times_ms and outcome.max_error <= 3e-6
    assert "not timed" in str(outcome)


def test_torch_keeps_its_threads() -> None:
    torch = pytest.importorskip("torch")
    before = torch.get_num_threads()
    with pytest.raises(RuntimeError), timing.one_torch_thread():
        assert torch.get_num_threads() == 1
        raise RuntimeError
    assert torch.get_num_threads() == before


def test_an_unknown_layer_has_no_builder() -> None:
    pytest.importorskip("torch")
    one = network(TILE)
    with pytest.raises(ArchError) as caught:
        run(replace(one, leaves=(replace(one.leaves[0], op="gradients", builtin=False),)))
    assert caught.value.diagnostics[0].slug == "no-builder"


def convolution(**costs: int) -> Network:
    arguments: dict[str, Any] = {
        "out": Fraction(4), "k": Fraction(3), "stride": Fraction(2), "dilation": Fraction(1),
        "groups": Fraction(1), "bias": False, "norm": True, "padded": True,
        "act": Enumerator("std.nn:Act", 1, "relu"),
    }  # fmt: skip
    leaf = Leaf(
        "stem", "stem", "conv", "std.nn", True, arguments, (0,), ((3, 9, 9),), 1, (4, 5, 5),
        {name: Fraction(value) for name, value in costs.items()},
    )  # fmt: skip
    return Network("net", (("x", 0, (3, 9, 9)),), (leaf,), 1)


def test_other_networks_run_as_modules() -> None:
    pytest.importorskip("torch")
    outcome = run(convolution(params=4 * 27 + 8, macs=4 * 27 * 25), repeats=1)
    told = json.loads(json.dumps(outcome.to_json()))
    assert told["output"] == [1, 4, 5, 5] and told["parameters"] == 116
    assert outcome.max_error < 1e-5 and "equal to the model's" in str(outcome)


@pytest.mark.parametrize("costs", [{"params": 115, "macs": 2700}, {"params": 116, "macs": 2699}])
def test_a_module_that_differs_from_its_model_is_refused(costs: dict[str, int]) -> None:
    pytest.importorskip("torch")
    with pytest.raises(WrongResult):
        run(convolution(**costs), repeats=0)


def test_refuses_a_tile_that_does_not_fit() -> None:
    with pytest.raises(ArchError) as caught:
        run(network(Tile(4, 2, 1, 4)))
    assert caught.value.diagnostics[0].slug == "bad-tile"


def test_rounds_alternate_and_keep_every_sample() -> None:
    order: list[str] = []
    samples = timing.alternating(
        {"a": lambda: order.append("a"), "b": lambda: order.append("b")}, 3
    )
    assert {name: len(values) for name, values in samples.items()} == {"a": 3, "b": 3}
    assert {"a", "b"} == set(order)
