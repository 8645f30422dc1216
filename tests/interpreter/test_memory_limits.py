"""Constraints on memory are found by what their terms read, and solved for the peak."""

from __future__ import annotations

from fractions import Fraction

import archwright as aw
from archwright.interpreter.memory_limits import memory_limits

TEXT = """arch 1
op dense(x: tensor[N], out: 1 .. 99) -> tensor[out] {{ let params = N * out }}
network net(x: tensor[10]) {{
  y = dense(x, out = 20)
  return dense(y, out = 5)
}}
network other(x: tensor[7]) {{ return dense(x, out = 1) }}
let peak   = max(l.live for l in net.layers)
let bytes  = peak * 4 B
let params = sum(l.params for l in net.layers)
{require}
"""


def found(require: str, network: str = "net") -> list[tuple[str, str, Fraction | None]]:
    a = aw.loads(TEXT.format(require=require)).bind().solve().architecture
    assert a is not None
    return [(m.name, m.term, m.elements) for m in memory_limits(a.evaluation, network)]


def test_a_limit_is_solved_for_the_peak() -> None:
    assert found('require sram: bytes + 40 B <= 200 B because "{bytes}"') == [("sram", "bytes", 40)]
    assert found("require sram: 35 >= peak") == [("sram", "peak", 35)]
    assert found("require two for i in 1 .. 2: peak * i + 2 <= 100") == [
        ("two[1]", "peak * i", 98),
        ("two[2]", "peak * i", 49),
    ]


def test_other_terms_are_no_multiple_of_it() -> None:
    several = "require sum: sum(l.live for l in net.layers) <= 100"
    assert found(several) == [("sum", "sum(l.live for l in net.layers)", None)]


def test_what_says_nothing_of_it_is_left_out() -> None:
    assert found("require small: params <= 1000") == []
    assert found("require sram: peak <= 100", network="other") == []
    assert found("require sram: params > 1000 implies peak <= 100") == []
