"""`run`: checked, timed, honest about what it did not do."""

from __future__ import annotations

import json
from dataclasses import replace
from fractions import Fraction

import pytest

from archwright.dsl.diagnostics import ArchError
from archwright.interpreter.architecture import Leaf, Network
from archwright.kernels import peers, processor, timing
from archwright.kernels.run import OURS, Run, run
from archwright.kernels.tile import Tile


def network(tile: Tile, batch: int = 5, steps: int = 4, heads: int = 2, units: int = 19) -> Network:
    arguments = {name: Fraction(value) for name, value in tile.to_json().items()}
    leaf = Leaf(
        "cell", "cell", "lstm", "std.rnn", True,
        {**arguments, "streaming": tile.streaming, "expected": Fraction(1, 1000)},
        (0,), ((batch, steps, 4, heads, units),), 1, (2, batch, steps, heads, units),
        {"time": Fraction(1, 1000)},
    )  # fmt: skip
    return Network("layer", (("x", 0, leaf.input_shapes[0]),), (leaf,), 1)


TILE = Tile(4, 3, 1, 5)


def test_compares_and_times_in_one_go() -> None:
    pytest.importorskip("torch")
    outcome = run(network(TILE), repeats=2)
    assert outcome.executed and outcome.max_error <= 3e-6
    assert set(outcome.times_ms) == {OURS, peers.EAGER, peers.NN}
    assert outcome.ratios[peers.EAGER] == pytest.approx(
        outcome.times_ms[peers.EAGER] / outcome.times_ms[OURS]
    )
    assert outcome.predicted_ms == 1.0
    told = json.loads(json.dumps(outcome.to_json()))
    assert told["tile"]["rows"] == 3 and told["executed"] is True
    for word in ("layer", "max error", "eager loop", "nn.LSTM", "predicted"):
        assert word in str(outcome)


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


def test_refuses_what_is_no_recurrent_layer() -> None:
    one = network(TILE)
    other = replace(one, leaves=(replace(one.leaves[0], op="conv", module="std.nn"),))
    for wrong in (other, replace(one, leaves=one.leaves * 2)):
        with pytest.raises(ArchError) as caught:
            run(wrong)
        assert caught.value.diagnostics[0].slug == "no-builder"


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
