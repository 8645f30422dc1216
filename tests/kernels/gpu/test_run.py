"""`run` of a layer tiled for a card that is not here."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

pytest.importorskip("torch")

from archwright.dsl.diagnostics import ArchError
from archwright.dsl.load import load
from archwright.interpreter.architecture import Network
from archwright.interpreter.bind import bind
from archwright.interpreter.questions import Model
from archwright.kernels.gpu import run as gpu
from archwright.kernels.run import run

SPEC = Path(__file__).parents[3] / "gallery" / "flashrnn" / "persistent_gpu.arch"


def network(**parameters: object) -> Network:
    answer = Model(bind(load(SPEC), {"batch": 2, "steps": 3, "heads": 1, **parameters})).solve()
    assert answer.architecture is not None
    found: Network = answer.architecture.networks["layer"]
    return found


def test_without_the_card_it_compiles_interprets_and_says_so() -> None:
    pytest.importorskip("triton", reason="needs Triton: pip install 'archwright[gpu]'")
    outcome = run(network(head=16, card="std.gpu.rtx_4090"))
    told = json.loads(json.dumps(outcome.to_json()))
    assert told["executed"] is False and told["times_ms"] == {} and told["predicted_ms"] > 0
    assert told["resources"]["registers"] <= 255 and told["tile"]["units"] == 16
    assert "not run and not timed" in str(outcome) and "interpreted" in str(outcome)


def test_without_triton_it_says_that_no_kernel_was_built(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gpu, "has_triton", lambda: False)
    outcome = run(network(head=64, cell="gru"))
    assert not outcome.executed and outcome.max_error < 1e-5
    assert "no kernel was built" in str(outcome) and outcome.to_json()["resources"] == {}


def test_a_tile_that_does_not_fit_is_refused() -> None:
    from dataclasses import replace

    made = network(head=64)
    (leaf,) = made.leaves
    wrong = replace(leaf, arguments={**leaf.arguments, "depth": leaf.arguments["rows"]})
    with pytest.raises(ArchError) as caught:
        run(replace(made, leaves=(wrong,)))
    assert caught.value.diagnostics[0].slug == "bad-tile"
