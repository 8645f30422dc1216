"""Single layers of `std.nn` as built networks, for tests."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import archwright as aw
from archwright.interpreter.architecture import Leaf


def network(shape: str, *calls: str) -> aw.Architecture:
    """A network that puts one tensor through calls of `std.nn`, each with `x` first."""
    lines = "\n".join(f"  x = nn.{call}" for call in calls)
    text = (
        f"arch 1\nimport std.nn as nn\nnetwork net(x: tensor[{shape}]) {{\n{lines}\n  return x\n}}"
    )
    architecture = aw.loads(text).bind().solve().architecture
    assert architecture is not None
    return architecture


def layer(shape: str, *calls: str) -> tuple[Any, tuple[Leaf, ...]]:
    """The built network in double precision, and its leaves."""
    found = network(shape, *calls)
    return aw.build(found).double().eval(), found.networks["net"].leaves


def cost(leaves: tuple[Leaf, ...], *names: str) -> Fraction:
    """The sum of some costs over leaves."""

    def of(costs: Mapping[str, Fraction]) -> Fraction:
        return sum((costs.get(name, Fraction(0)) for name in names), Fraction(0))

    return sum((of(leaf.costs) for leaf in leaves), Fraction(0))
