"""Sums, products, `and` and `or` of thousands of terms are no deeper than their brackets."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import archwright as aw
from archwright.dsl import nodes
from archwright.dsl.chains import LONG
from archwright.dsl.parse import parse_expression
from archwright.dsl.source import Source
from archwright.dsl.walk import children, walk

MANY = 3000


def depth(root: nodes.Node) -> int:
    level, count = [root], 0
    while level:
        level = [child for node in level for child in children(node)]
        count += 1
    return count


def value(node: nodes.Expr) -> Fraction:
    if isinstance(node, nodes.Number):
        return node.value
    assert isinstance(node, nodes.Binary)
    left, right = value(node.left), value(node.right)
    return {
        "+": lambda: left + right,
        "-": lambda: left - right,
        "*": lambda: left * right,
        "/": lambda: left / right,
    }[node.op]()


@settings(max_examples=15, deadline=None)
@given(st.sampled_from(["+-", "*/", "-", "/"]), st.integers(300, 900), st.data())
def test_the_value_stays(marks: str, terms: int, data: st.DataObject) -> None:
    seed = data.draw(st.randoms(use_true_random=False))
    operators = [seed.choice(marks) for _ in range(terms - 1)]
    numbers = [seed.randint(1, 3) for _ in range(terms)]
    text = str(numbers[0])
    wanted = Fraction(numbers[0])
    for operator, number in zip(operators, numbers[1:], strict=True):
        text += f" {operator} {number}"
        if operator in "+-":
            wanted += number if operator == "+" else -number
        else:
            wanted = wanted * number if operator == "*" else wanted / number
    tree = parse_expression(Source("chain", text))
    assert value(tree) == wanted
    assert depth(tree) < 40
    for node in walk(tree):
        for child in children(node):
            assert node.span.start <= child.span.start <= child.span.end <= node.span.end


@pytest.mark.parametrize("operator", ["+", "-", "*", "and", "or"])
def test_long_chains_are_shallow(operator: str) -> None:
    tree = parse_expression(Source("chain", f" {operator} ".join(["a"] * MANY)))
    assert depth(tree) < 20


def test_short_chains_keep_their_shape() -> None:
    tree = parse_expression(Source("chain", " + ".join(["a"] * LONG)))
    assert depth(tree) == LONG


def test_a_long_chain_goes_all_the_way() -> None:
    """Checked, bound, lowered, solved and evaluated."""
    total = " + ".join(f"{i} * a" if i % 3 else "b" for i in range(MANY))
    every = " and ".join(f"a + {i} > b" for i in range(MANY))
    some = " or ".join(f"a == b + {i}" for i in range(MANY))
    a = sum(i for i in range(MANY) if i % 3)
    b = sum(1 for i in range(MANY) if not i % 3)
    spec = aw.loads(f"""arch 1
    space s {{ a: 1 .. 4  b: 1 .. 4 }}
    let total = {total}
    require every: {every}
    require some: {some}
    maximize total as total
    expect count == 6
    expect best total == {4 * a + 3 * b}
    """)
    report = spec.test(progress=False)
    assert report.passed == 2 and not report.failed


def test_what_is_wrong_in_a_chain_is_told() -> None:
    text = "arch 1\nlet a = " + " + ".join(["1"] * MANY) + " + 3 B"
    with pytest.raises(aw.ArchError) as caught:
        aw.loads(text)
    assert [d.slug for d in caught.value.diagnostics] == ["unit-mismatch"]
