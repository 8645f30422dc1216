"""The legal values nearest to one that is not."""

from __future__ import annotations

from fractions import Fraction

from archwright.dsl import nodes

from .evaluation.frames import Frame, World, inward, outward
from .evaluation.instance import Instance
from .values import Value

MOST = 100_000


def nearby(instance: Instance, node: nodes.Domain, value: Value) -> list[Value]:
    """Members of a static domain around a value; the ends of a range and the steps next to it."""
    frame = Frame(World({}), {})
    if not isinstance(node, nodes.Range):
        return [outward(v) for v in list(instance.domain(node).values(frame))[:MOST]]
    lo, hi = (outward(instance.expression(e)(frame)) for e in (node.lo, node.hi))
    if not (isinstance(lo, Fraction) and isinstance(hi, Fraction) and isinstance(value, Fraction)):
        return []
    step = Fraction(1) if node.step is None else outward(instance.expression(node.step)(frame))
    assert isinstance(step, Fraction)
    count = (min(max(value, lo), hi) - lo) // step
    candidates = [lo + i * step for i in (count, count + 1)] + [lo, hi]
    domain = instance.domain(node)
    return [c for c in candidates if domain.contains(frame, inward(c))]
