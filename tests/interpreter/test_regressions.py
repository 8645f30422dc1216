"""What went wrong once and must not again."""

from __future__ import annotations

from fractions import Fraction

import pytest

from archwright.dsl.load import loads
from archwright.interpreter.bind import bind
from archwright.interpreter.brute import BruteForce
from archwright.interpreter.expect import ExpectResult, run
from archwright.interpreter.model_asker import ModelAsker
from archwright.interpreter.questions import Model
from archwright.solvers.control import Control


def model(text: str, **parameters: object) -> Model:
    return Model(bind(loads("arch 1\n" + text), parameters))


def results(text: str) -> list[ExpectResult]:
    return run(loads("arch 1\n" + text), lambda bound: ModelAsker(Model(bound), Control()))


def holds(text: str) -> None:
    """Every `expect` of a spec holds, by the solver and by brute force."""
    assert [r.found for r in results(text) if not r.ok] == []
    assert [r.found for r in run(loads("arch 1\n" + text), BruteForce) if not r.ok] == []


def test_a_record_without_a_schema() -> None:
    holds("""
        hardware a { x = 3  y = 2 KiB }
        let z = a.x * 2
        space s { n: 1 .. 4 }
        require few: n < a.x
        expect value z == 6 and a.y == 2 KiB
        expect count == 2""")


def test_truth_values_as_fields() -> None:
    text = """
        schema S { fast: bool = true  n: 1  large: bool = n > 2 }
        hardware a is S { n = 1 }
        hardware b is S { n = 3  fast = false }
        space s { k: 1 .. 4 }
        require f: a.fast implies k > 1
        require g: b.large and not a.large and not b.fast implies k > 2
        expect count == 2"""
    holds(text)
    assert bind(loads("arch 1\n" + text)).records["b"] == {"fast": False, "n": 3, "large": True}
    given = bind(loads("arch 1\n" + text), hardware={"a": {"fast": False, "n": 4}})
    assert given.records["a"] == {"fast": False, "n": Fraction(4), "large": True}


BITS = """
import std.nn as nn with { weight_bits = bits }
space s { bits: {4, 8} }
network net(x: tensor[3, 8, 8]) { return nn.conv(x, out = 4) }
minimize sum(l.weight_bytes for l in net.layers) as w
expect best w == 10 B
expect best w == 20 B with { bits = 8 }
expect value sum(l.weight_bytes for l in net.layers) == 20 * bits / 8 * 1 B
"""


def test_costs_that_depend_on_choices_in_a_network_that_does_not() -> None:
    holds(BITS)
    asked = model(BITS)
    assert [str(asked.solve({"bits": b}).goals["w"]) for b in (4, 8)] == ["10 B", "20 B"]
