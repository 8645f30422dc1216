"""`let`s of ops and of the blocks in them: families, guards, rounds of loops, what they demand."""

from __future__ import annotations

import pytest

from archwright.dsl.diagnostics import ArchError
from archwright.dsl.load import loads
from archwright.interpreter.bind import bind
from archwright.interpreter.questions import Model

from .agreement import agrees

BLOCKS = """
import std.nn as nn
space s {
  width[i in 1 .. 2]: {4, 6, 8}
  depth: 1 .. 2
}
network net(x: tensor[3, 4, 4]) {
  for i in 1 .. 2 when i <= depth {
    let mid = exact(width[i] * 3 / 4)
    let half[j in 1 .. 2] = mid * j / 3 when mid > 3
    x = nn.conv(x, out = mid) as up[i]
    if mid > 3 {
      let more = exact(mid + half[2])
      x = nn.conv(x, out = more) as more[i]
    }
    else if i == 2 {
      let more = mid - 1
      let unread = exact(more / 2)
      x = nn.conv(x, out = more) as more[i]
    }
    x = nn.conv(x, out = mid) as down[i]
  }
  return x
}
maximize sum(l.macs for l in net.layers) as macs
"""

FAMILIES = """
space s {
  times: 1 .. 3
  n: 1 .. 3
}
op mix(x: tensor[C], times: 1 .. 8) -> tensor[C] {
  let part[i in 1 .. 3] = C * i * times
  let one[i in 1 .. 3] = exact(part[i] / 2) when i == 2
  let macs = sum(part[i] for i in 1 .. 3) * 1 MAC + one[2] * part[n] * 1 MAC
  require small: part[n] <= 24
}
network net(x: tensor[4]) {
  let again = times
  return mix(mix(x, times = again), times = 2)
}
maximize sum(l.macs for l in net.layers) as macs
"""

INACTIVE = """
space s {
  deep: bool
  k: {1, 2} when deep
}
op f(x: tensor[C]) -> tensor[C] {
  let half = exact(C / k)
  let macs = C * 1 MAC
}
network net(x: tensor[6]) {
  if deep {
    let third = 6 / k
    x = f(x) as wide
  }
  else {
    let third = exact(6 / k)
    x = f(x) as narrow
  }
  return x
}
maximize sum(l.macs for l in net.layers) as macs
"""


@pytest.mark.parametrize("text", [BLOCKS, FAMILIES, INACTIVE])
def test_the_lowering_and_the_evaluator_agree(text: str) -> None:
    agrees(text)


def test_what_a_block_demands_holds_where_it_runs() -> None:
    """In the second round 6 * 3 / 4 is not whole; 4 is cut to 3, then 2, whose half is whole."""
    model = Model(bind(loads(f"arch 1\n{BLOCKS}")))
    assert model.domains({"depth": 2})["width[2]"] == [4, 8]
    assert model.count() == 2 * 2 + 2 * 3


@pytest.mark.parametrize(
    ("block", "slug"),
    [
        ("let a = b  let b = a  y = x", "recursive-definition"),
        ("let x = 3  y = x", "duplicate-name"),
        ("let i = 3  y = x", "duplicate-name"),
        ("let a = 1  let a = 2  y = x", "duplicate-name"),
        ("let outer = 1  y = x", "duplicate-name"),
        ("let a = 1 B + 1 s  y = x", "unit-mismatch"),
        ("let a = 1  if n > 1 { let b = a  y = x }  z = f(x, b)", "unknown-name"),
        ("let a[j in 1 .. n] = j  y = x", "not-static"),
    ],
)
def test_what_the_checker_refuses(block: str, slug: str) -> None:
    text = f"""arch 1
        space s {{ n: 1 .. 3 }}
        op f(x: tensor[C], k: 1 .. 9) -> tensor[C] {{ }}
        network net(x: tensor[3]) {{
          let outer = 2
          for i in 1 .. 2 {{ {block} }}
          return x
        }}
    """
    with pytest.raises(ArchError) as caught:
        loads(text)
    assert caught.value.diagnostics[0].slug == slug


def test_a_guarded_let_is_read_where_its_guard_follows() -> None:
    text = """arch 1
        space s { n: 0 .. 3 }
        op f(x: tensor[C]) -> tensor[C] {
          let share = 12 / n when n > 0
          let macs = share * 1 MAC
        }
        network net(x: tensor[3]) { return f(x) }
        minimize sum(l.macs for l in net.layers) as macs
    """
    with pytest.raises(ArchError) as caught:
        Model(bind(loads(text))).solve()
    assert caught.value.diagnostics[0].slug == "unguarded-read"
