"""Calls that share a label, in different ways of one `if`: layers, constraints, conflicts."""

from __future__ import annotations

import pytest

from archwright.dsl.load import loads
from archwright.interpreter.bind import bind
from archwright.interpreter.brute import BruteForce
from archwright.interpreter.evaluate import Evaluation
from archwright.interpreter.expect import run
from archwright.interpreter.model_asker import ModelAsker
from archwright.interpreter.questions import Model
from archwright.solvers.control import Control

SPEC = """arch 1
import std.nn as nn
op cut(x: tensor[C, H, W], parts: 1 .. 8) -> tensor[C, H, W] {
  require whole: parts divides C because "{C} channels cannot be cut into {parts}"
  let macs = C * parts * 1 MAC
}
op slice(x: tensor[C, H, W], parts: 1 .. 8) -> tensor[C, H, W] {
  require whole: parts + 1 divides C because "{C} channels cannot be sliced at {parts}"
  let macs = 2 * C * parts * 1 MAC
}
space s {
  deep: bool
  parts: 1 .. 8
}
network net(x: tensor[6, 4, 4]) {
  if deep { x = cut(x, parts = parts) as layer }
  else if parts > 7 { x = nn.activate(x, act = nn.relu) as layer }
  else { x = slice(x, parts = parts) as layer }
  return x
}
let macs = sum(l.macs for l in net.layers)
expect count == 4 + 3 + 1
expect count == 16 without layer.whole
expect unsat by layer.whole with { parts = 4 }
expect value macs == (if deep then parts * 6 MAC else if parts > 7 then 0 MAC else parts * 12 MAC)
"""


@pytest.mark.parametrize("asker", [lambda b: ModelAsker(Model(b), Control()), BruteForce])
def test_layers_and_constraints(asker: type[BruteForce]) -> None:
    assert all(r.ok for r in run(loads(SPEC), asker))


@pytest.mark.parametrize(
    ("choices", "op"),
    [
        ({"deep": True, "parts": 3}, "cut"),
        ({"deep": False, "parts": 8}, "activate"),
        ({"deep": False, "parts": 2}, "slice"),
    ],
)
def test_one_layer_has_the_label(choices: dict[str, object], op: str) -> None:
    model = Model(bind(loads(SPEC)))
    chosen = model.solve(choices).architecture
    assert chosen is not None
    network = Evaluation(model.bound, chosen.evaluation.choices).network("net")
    assert [(leaf.label, leaf.op) for leaf in network.leaves] == [("layer", op)]


def test_a_conflict_shows_both() -> None:
    conflict = Model(bind(loads(SPEC))).explain({"parts": 4})
    assert conflict is not None
    assert [(m.name, m.reason) for m in conflict.members] == [
        ("layer.whole", "6 channels cannot be cut into 4"),
        ("layer.whole", "6 channels cannot be sliced at 4"),
    ]
