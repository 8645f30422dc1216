"""Text to tree: shapes, exact ranges, more than one mistake, and nothing but `ArchError`."""

from __future__ import annotations

import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archwright.dsl import nodes
from archwright.dsl.diagnostics import ArchError
from archwright.dsl.parse import parse, parse_expression
from archwright.dsl.reading import from_text, read
from archwright.dsl.source import Source
from archwright.dsl.syntax_warnings import warnings
from archwright.dsl.walk import children, walk

ROOT = Path(__file__).parents[2]
SPECS = sorted(
    [*(ROOT / "tests" / "specs").rglob("*.arch"), *(ROOT / "dsl" / "std").glob("*.arch")]
)


def expression(text: str) -> nodes.Expr:
    return parse_expression(Source("e", text))


def shape(node: nodes.Node) -> str:
    """An expression with all its brackets."""
    match node:
        case nodes.Binary():
            return f"({shape(node.left)} {node.op} {shape(node.right)})"
        case nodes.Unary():
            return f"({node.op} {shape(node.operand)})"
        case nodes.Group():
            return shape(node.inner)
        case nodes.Compare():
            parts = [shape(node.operands[0])]
            for op, operand in zip(node.ops, node.operands[1:], strict=True):
                parts += [op, shape(operand)]
            return f"({' '.join(parts)})"
        case nodes.Choose():
            inner = (shape(node.condition), shape(node.then), shape(node.otherwise))
            return "(if {} then {} else {})".format(*inner)
        case _:
            return node.span.text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a + b - c", "((a + b) - c)"),
        ("a - b * c / d % e", "(a - (((b * c) / d) % e))"),
        ("-a ^ -b ^ c", "(- (a ^ (- (b ^ c))))"),
        ("2 * -3", "(2 * (- 3))"),
        ("not a == b", "(not (a == b))"),
        ("a and not b or c", "((a and (not b)) or c)"),
        ("a implies b implies c", "(a implies (b implies c))"),
        ("a iff b iff c", "((a iff b) iff c)"),
        ("0 <= a < b != c", "(0 <= a < b != c)"),
        ("a divides b + 1", "(a divides (b + 1))"),
        ("if a then b else if c then d else e", "(if a then b else (if c then d else e))"),
        ("(a + b) * c", "((a + b) * c)"),
    ],
)
def test_precedence(text: str, expected: str) -> None:
    assert shape(expression(text)) == expected


def test_literals() -> None:
    number = expression("1_000.25")
    assert isinstance(number, nodes.Number) and number.value == Fraction(100025, 100)
    quantity = expression("1.5   GB/s")
    assert isinstance(quantity, nodes.Quantity)
    assert (quantity.value, quantity.unit) == (Fraction(3, 2), "GB/s")
    ratio = expression("67 / 1 s")
    assert isinstance(ratio, nodes.Binary) and isinstance(ratio.right, nodes.Quantity)
    text = expression(r'"a \"b\" \\ {x}\n"')
    assert isinstance(text, nodes.Text) and text.value == 'a "b" \\ {x}\n'


def test_calls() -> None:
    call = expression("f.g(a, k = b + 1)")
    assert isinstance(call, nodes.Call) and isinstance(call.function, nodes.Field)
    assert [a.name.text if a.name else None for a in call.arguments] == [None, "k"]
    empty = expression("f()")
    assert isinstance(empty, nodes.Call) and empty.arguments == ()
    total = expression("max(x[i, j] for i in 1 .. n step 2, j in {1, i} where i < j else 0)")
    assert isinstance(total, nodes.Comprehension)
    assert [b.name.text for b in total.binders] == ["i", "j"]
    first, second = (b.domain for b in total.binders)
    assert isinstance(first, nodes.Range) and first.step is not None
    assert isinstance(second, nodes.Set) and len(second.items) == 2
    assert total.where is not None and total.otherwise is not None


def test_items() -> None:
    text = """arch 1
import std.nn as nn with { bits = 8 }
import "x.arch" as x
table t(k: KiB, e: nn.Act) -> (cost: B/s, n: 1, r: 1/s) { 1, nn.relu -> -2, 3 KiB, true }
table u(k) -> (c) given partial
hardware h is x.Gpu given
op f(x[i in 1 .. n]: tensor[C, H], k: 1 .. 3 = 1, v) -> tensor[C] builtin { let a = 1 }
network g(x: tensor[3]) {
  for i in 1 .. 2 when i > 1 { x = f(x) as y[i] }
  if a { x = x } else if b { x = x } else { return x }
}
prefer p for i in 1 .. 2 where i > 1 weight 2: x[i] because "so"
minimize a
expect best a.b[1] == 3 with { k[1] = 2 } without c.d, e
"""
    tree = parse(Source("t", text))
    nn, x, t, u, h, f, g, p, goal, expect = tree.items
    assert isinstance(nn, nodes.Import) and nn.file is None and len(nn.bindings) == 1
    assert isinstance(x, nodes.Import) and x.path == () and x.file and x.file.value == "x.arch"
    assert isinstance(t, nodes.Table) and isinstance(t.source, nodes.Rows) and not t.partial
    units = [column.unit for column in t.values]
    assert [u.span.text for u in units if u] == ["B/s", "1", "1/s"]
    assert units[1] is not None and units[1].numerator == "1" and units[1].denominator is None
    row = t.source.rows[0]
    assert [type(cell) for cell in (*row.keys, *row.values)] == [
        nodes.Number,
        nodes.Field,
        nodes.Unary,
        nodes.Quantity,
        nodes.Bool,
    ]
    assert isinstance(u, nodes.Table) and isinstance(u.source, nodes.Given) and u.partial
    assert isinstance(h, nodes.Hardware) and h.given is not None and len(h.base or ()) == 2
    assert isinstance(f, nodes.Op) and f.builtin and f.leaf and len(f.formals[0].binders) == 1
    assert f.formals[2].kind is None and f.result is not None
    assert isinstance(g, nodes.Op) and g.network and not g.leaf
    loop, branch = g.body
    assert isinstance(loop, nodes.Loop) and loop.guard is not None
    assert isinstance(branch, nodes.Branch)
    (inner,) = branch.otherwise
    assert isinstance(inner, nodes.Branch) and isinstance(inner.otherwise[0], nodes.Return)
    assert isinstance(p, nodes.Prefer) and p.where and p.weight and p.reason
    assert isinstance(goal, nodes.Optimize) and goal.mode == "single"
    assert isinstance(expect, nodes.Expect) and isinstance(expect.claim, nodes.BestIs)
    assert [".".join(map(str, path)) for path in expect.without] == ["c.d", "e"]


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_ranges_are_exact(path: Path) -> None:
    """Children stand inside their parents, in order; a range never begins or ends with a blank."""
    tree = parse(read(path))
    for node in walk(tree):
        if node is tree:
            continue
        text = node.span.text
        assert text == text.strip() and text
        if isinstance(node, nodes.Name | nodes.Ident):
            assert text == node.text
        for child in children(node):
            assert node.span.start <= child.span.start <= child.span.end <= node.span.end
        if isinstance(node, nodes.Expr):
            assert shape(parse_expression(tree.source, node.span.start, node.span.end)) == shape(
                node
            )


def test_several_mistakes_are_all_told() -> None:
    text = "arch 1\nlet a = \nlet b = 3;\nparam c = 3\nlet d = 3\n  let = 3\nlet if = 3\n"
    with pytest.raises(ArchError) as caught:
        parse(Source("t", text))
    slugs = [d.slug for d in caught.value.diagnostics]
    assert slugs == [
        "unexpected-token",
        "semicolon",
        "missing-domain",
        "missing-name",
        "reserved-word",
    ]


def test_unit_or_name_warns() -> None:
    tree = parse(Source("t", "arch 1\nspace s {\n  a: 1 .. 3 b: 1 .. 3\n  kib: bool\n}\n"))
    (warning,) = warnings(tree)
    assert (warning.slug, warning.level, warning.span.text) == ("unit-or-name", "warning", "b")


@pytest.mark.parametrize(
    "text",
    [
        "(" * 10_000,
        "(" * 10_000 + "a" + ")" * 10_000,
        "[{(" * 4000,
        "not " * 10_000 + "a",
        "- " * 10_000 + "a",
        "a" + " ^ a" * 10_000,
        "a" + " implies a" * 10_000,
        "a" + "[1]" * 10_000,
        "a" + ".b" * 10_000,
        "if a then b else " * 10_000 + "c",
        "if " * 10_000 + "a" + " then b else c" * 10_000,
    ],
    ids=lambda text: text[:12],
)
def test_deep_texts_are_refused(text: str) -> None:
    with pytest.raises(ArchError) as caught:
        parse(Source("t", "arch 1\nlet x = " + text))
    assert caught.value.diagnostics[0].slug == "too-deep"
    assert len(str(caught.value)) < 5000


def test_wide_texts_are_not_deep() -> None:
    items = "arch 1\n" + "let x = f(a, (b), {c})\n".replace(", {c}", "") * 3000
    assert len(parse(Source("t", items)).items) == 3000
    assert parse(Source("t", "arch 1 let x = a" + " + a" * 200))


TOKENS = ["let", "x", "=", "==", "3", "3 ms", "(", ")", "{", "}", "[", "]", ",", ":", "..", "for"]
TOKENS += ["in", "if", "then", "else", "\n", '"a', '"b"', "#", "require", "space", "->", "-", "*"]
TOKENS += ["arch", "1", "as", "step", "and", "not", ".", ";", "é", "\0", "'", "&&", "1e5", "kb"]


@settings(max_examples=150, deadline=None)
@given(st.lists(st.sampled_from(TOKENS), max_size=40), st.booleans())
def test_any_text_gives_a_tree_or_diagnostics(words: list[str], header: bool) -> None:
    text = ("arch 1 " if header else "") + " ".join(words)
    try:
        tree = parse(Source("t", text))
    except ArchError as error:
        assert error.diagnostics and str(error) and error._repr_html_()
        for diagnostic in error.diagnostics:
            span = diagnostic.span
            assert span is not None and 0 <= span.start <= span.end <= len(text)
    else:
        assert header or words[0] == "arch"
        assert all(0 <= node.span.start < node.span.end for node in tree.items)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(SPECS), st.data())
def test_any_damage_to_a_spec_is_told(path: Path, data: st.DataObject) -> None:
    text = path.read_text(encoding="utf-8")
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, min(len(text), start + 20)))
    patch = data.draw(st.sampled_from(["", *TOKENS]))
    try:
        parse(from_text(text[:start] + patch + text[end:]))
    except ArchError as error:
        assert str(error)


def _python(code: str, **environment: str) -> str:
    import os

    return subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, **environment},
    ).stdout


def test_import_does_not_load_lark() -> None:
    code = "import sys, archwright.dsl.parse; print('lark' in sys.modules)"
    assert _python(code).strip() == "False"


PARSE = (
    "from archwright.dsl.parse import parse; from archwright.dsl.source import Source;"
    "print(len(parse(Source('t', 'arch 1 let x = 3')).items))"
)


def test_cache_folder_is_used_and_never_needed(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "cache"
    assert _python(PARSE, ARCHWRIGHT_CACHE=str(folder)).strip() == "1"
    (file,) = folder.iterdir()
    assert _python(PARSE, ARCHWRIGHT_CACHE=str(folder)).strip() == "1"
    good = file.read_bytes()
    file.write_bytes(good[: len(good) // 2])
    assert _python(PARSE, ARCHWRIGHT_CACHE=str(folder)).strip() == "1"
    assert file.stat().st_size > len(good) // 2
    in_the_way = tmp_path / "file"
    in_the_way.write_text("")
    assert _python(PARSE, ARCHWRIGHT_CACHE=str(in_the_way)).strip() == "1"
    assert _python(PARSE, ARCHWRIGHT_CACHE=str(in_the_way / "below")).strip() == "1"


def test_messages_stay_short_and_harmless() -> None:
    for text in ("a" * 100_000 + " b", "\x1b[31m", "b \u202e", "3 " + "x" * 1000):
        with pytest.raises(ArchError) as caught:
            parse(Source("t", "arch 1\nlet x = " + text))
        shown = str(caught.value)
        assert len(shown) < 1000
        assert all(c.isprintable() or c == "\n" for c in shown)
