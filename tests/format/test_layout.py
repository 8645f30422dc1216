"""What the layout looks like: each case is a text and what comes of it."""

from __future__ import annotations

import pytest

import archwright as aw
from archwright.dsl.diagnostics import ArchError
from archwright.dsl.format.networks import Layout
from archwright.dsl.parser import build

WHOLE = "arch 1\n"


def laid_out(text: str) -> str:
    """The layout of some items."""
    result = aw.format(f"{WHOLE}{text}")
    assert result.startswith(WHOLE)
    return result.removeprefix(WHOLE)


def test_every_rule_has_a_layout() -> None:
    names = {rule.alias or rule.origin.name for rule in build().rules}
    inlined = {"atom", "domain", "expr", "iff", "implies", "or", "and", "not", "test", "sum",
               "product", "power", "postfix"}  # fmt: skip
    missing = {n for n in names if not n.startswith("_") and not hasattr(Layout, n)}
    assert missing - inlined == {"rest"}  # which is for the parse behind a mistake


def test_neighbours_share_columns() -> None:
    text = """\
param batch: 1..64=8
param precision: Precision
param deadline: 1 ms..20 ms = 5ms
let a = 1
let longer[i in 1 .. 3] = 2 # two
let b = 3# three

let apart = 4
enum Pass{forward,backward}
enum Float {bf16,  fp16}
"""
    assert (
        laid_out(text)
        == """\
param batch:     1 .. 64       = 8
param precision: Precision
param deadline:  1 ms .. 20 ms = 5 ms
let a                   = 1
let longer[i in 1 .. 3] = 2  # two
let b                   = 3  # three

let apart = 4
enum Pass  { forward, backward }
enum Float { bf16, fp16 }
"""
    )


def test_labels_share_a_column_in_a_block() -> None:
    text = """\
network net(x: tensor[3, 32, 32]) {
  x = nn.conv(x, out = 24, k = 3, stride = 2, act = nn.hswish) as stem
  for s in 1 .. 5, b in 1 .. 4 when b <= depth[s] {
    x = nn.mbconv(x, out = stage[s].width, k = k[s, b], expand = e[s, b], stride = if b == 1 then stage[s].stride else 1) as block[s, b]
  }
  if wide { x = nn.conv(x, out = 8) as last }
  else { x = x }
  return x
}
"""  # noqa: E501
    assert (
        laid_out(text)
        == """\
network net(x: tensor[3, 32, 32]) {
  x = nn.conv(x, out = 24, k = 3, stride = 2, act = nn.hswish) as stem
  for s in 1 .. 5, b in 1 .. 4 when b <= depth[s] {
    x = nn.mbconv(x, out = stage[s].width, k = k[s, b], expand = e[s, b],
                  stride = if b == 1 then stage[s].stride else 1) as block[s, b]
  }
  if wide { x = nn.conv(x, out = 8) as last }
  else { x = x }
  return x
}
"""
    )


def test_labels_that_are_far_from_one_another_share_no_column() -> None:
    short, long = "x = f(x)", f"x = f(x, a = {'1' * 40})"
    lines = laid_out(f"network net(x: tensor[3]) {{ {short} as a {short} as b {long} as c }}")
    assert lines.splitlines()[1:4] == [f"  {short} as a", f"  {short} as b", f"  {long} as c"]


def test_tables() -> None:
    text = """\
table t(l, kind: Kind) -> (time: us, ok: bool) {
  1, direct->900,true
  12, winograd -> 3.5 , false # slow
}
table loss(l, bits) -> (ppm) { 1,2->9100 1,4->1700
 10,2->-5 10,4->600 }
"""
    assert (
        laid_out(text)
        == """\
table t(l, kind: Kind) -> (time: us, ok: bool) {
   1, direct   -> 900, true
  12, winograd -> 3.5, false  # slow
}
table loss(l, bits) -> (ppm) {
   1, 2 -> 9100    1, 4 -> 1700
  10, 2 ->   -5   10, 4 ->  600
}
"""
    )


def test_long_lines_break_where_they_can() -> None:
    text = """\
let regs[p in Pass] = r_in_regs[p] * size + warps[p] * batch_tile[p] * row_tile[p] * batch_loop[p] + 1
let held = sum(4 * layer[l].weights + microbatches * layer[l].activation for l in 1 .. 12 where device[l] == d)
let kind = if 4 * near <= 3 * host.l1d then 0 s else if near <= host.usable_l2 then all_weights else 1 s
require resident for p in Pass: blocks[p] <= card.sms because "every block at once"
require registers: gates * vectors * (if rows == 1 then 1 else rows + 1) + 1 <= host.vector_registers
expect value macs == 193_078_200 MAC and params == 4_602_456 with { res = 224, depth = 2, k = 3 } without fits
op pool(x: tensor[C, H, W], k: 1 .. 31, stride: 1 .. 4 = 1) -> tensor[C, half(H, stride), half(W, stride)] builtin {
}
op conv(x: tensor[C, H, W], out: 1 .. 8192, k: 1 .. 31 = 1, stride: 1 .. 4 = 1, dilation: 1 .. 4 = 1) { return x }
"""  # noqa: E501
    assert (
        laid_out(text)
        == """\
let regs[p in Pass] = r_in_regs[p] * size
                    + warps[p] * batch_tile[p] * row_tile[p] * batch_loop[p]
                    + 1
let held            = sum(4 * layer[l].weights + microbatches * layer[l].activation
                          for l in 1 .. 12 where device[l] == d)
let kind            = if 4 * near <= 3 * host.l1d then 0 s
                      else if near <= host.usable_l2 then all_weights
                      else 1 s
require resident for p in Pass: blocks[p] <= card.sms
  because "every block at once"
require registers:
    gates * vectors * (if rows == 1 then 1 else rows + 1) + 1 <= host.vector_registers
expect value macs == 193_078_200 MAC and params == 4_602_456
  with { res = 224, depth = 2, k = 3 } without fits
op pool(x: tensor[C, H, W], k: 1 .. 31, stride: 1 .. 4 = 1)
  -> tensor[C, half(H, stride), half(W, stride)] builtin {}
op conv(
  x:        tensor[C, H, W],
  out:      1 .. 8192,
  k:        1 .. 31 = 1,
  stride:   1 .. 4  = 1,
  dilation: 1 .. 4  = 1
) { return x }
"""
    )


def test_comments_stay_where_they_are() -> None:
    text = """\
let a = 1 + # plus
  2   # a note that
      # goes on
let b = f(x, # first
  # own
  y)
space s { # open
# above


x: {1, 2} # x


# last
} # close
"""
    assert (
        laid_out(text)
        == """\
let a = 1  # plus
      + 2  # a note that
           # goes on
let b = f(x,  # first
          # own
          y)
space s {  # open
  # above

  x: {1, 2}  # x

  # last
}  # close
"""
    )


def test_a_lone_entry_stays_on_the_line_of_its_braces() -> None:
    text = "space s { x: 1 .. 3 }\nspace t {\n  y: 1 .. 3 }\nspace u { y: 1 .. 3  z: bool }\n"
    assert (
        laid_out(text)
        == """\
space s { x: 1 .. 3 }
space t {
  y: 1 .. 3
}
space u {
  y: 1 .. 3
  z: bool
}
"""
    )


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("hardware h {\n  a = 3\n  s = 4\n}", "hardware h {\n  a = 3\n  s = 4\n}\n"),
        ("hardware h { a = 3\ns = 4 }", "hardware h {\n  a = 3\n  s = 4\n}\n"),
        ("table t(s) -> (a) { x -> 3\ns -> 4 }", "table t(s) -> (a) {\n  x -> 3\n  s -> 4\n}\n"),
    ],
)
def test_no_name_becomes_the_unit_of_a_number(text: str, result: str) -> None:
    assert laid_out(text) == result


@pytest.mark.parametrize(
    "text", ["arch 1\r\nlet a = 1\r\n", "\ufeffarch 1\nlet a = 1", "arch 1\rlet a=1\n\n\n"]
)
def test_line_ends(text: str) -> None:
    assert aw.format(text) == "arch 1\nlet a = 1\n"


def test_nothing_but_a_header() -> None:
    assert aw.format("arch 1") == "arch 1\n"
    assert aw.format("\n\n# why\n\n\narch 1 # one\n# more") == "# why\n\narch 1  # one\n# more\n"


def test_deep_and_long() -> None:
    brackets = f"let a = {'(' * 120}x{' + 1)' * 120}\n"
    assert aw.format(aw.format(WHOLE + brackets)) == aw.format(WHOLE + brackets)
    chain = "let a = " + " + ".join(["x"] * 200) + "\n"
    assert laid_out(chain).count("\n") == 200
    members = "let a = max(" + ", ".join(map(str, range(3000))) + ")\n"
    assert max(map(len, laid_out(members).split("\n"))) <= 100


def test_a_text_with_errors() -> None:
    with pytest.raises(ArchError) as caught:
        aw.format("arch 1\nspace s { x: 1 .. ")
    assert caught.value.diagnostics[0].slug


def test_lists_fill_lines_inside_one_another() -> None:
    text = """\
expect sat with { kind = [first , _,second], k=[[11111111, 22222222], [33333333, 44444444],
  [55555555, 66666666, 77777777]] }
"""
    assert (
        laid_out(text)
        == """\
expect sat
  with { kind = [first, _, second],
         k = [[11111111, 22222222], [33333333, 44444444], [55555555, 66666666, 77777777]] }
"""
    )
