"""All specs of the repository are clean, and no text at all brings the checker down."""

from __future__ import annotations

import re
import time
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archwright.dsl.diagnostics import ArchError
from archwright.dsl.load import load, loads, standard, standard_modules
from archwright.dsl.parse import parse_expression
from archwright.dsl.render_text import text
from archwright.dsl.source import Source
from archwright.dsl.static import Constants
from archwright.dsl.types import DimensionVariable, Num
from archwright.dsl.unify import multiply, number, solve, solved
from archwright.dsl.units import BASES, Dimension

SPECS = sorted((Path(__file__).parents[1] / "specs").glob("*.arch"))
WRONG = sorted((Path(__file__).parent / "golden_check").glob("*.bad"))


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_specs_are_clean_and_quick(path: Path) -> None:
    assert load(path).warnings == ()
    best = 1.0
    for _ in range(5):
        start = time.perf_counter()
        load(path)
        best = min(best, time.perf_counter() - start)
    assert best < 0.1


@pytest.mark.parametrize("module", standard_modules())
def test_standard_library_is_clean(module: str) -> None:
    assert standard(module).warnings == ()


WORDS = re.compile(r"\b(?:\d[\d_.]*|[A-Za-z_]\w*)\b")
KEYWORDS = set(
    re.findall(
        r"\w+",
        """arch import param let fn enum table schema hardware op network space require prefer
        optimize expect minimize maximize lex pareto sat unsat if then else and or not in for where
        when true false divides implies iff tensor is by with without weight from given partial
        builtin return step as because""",
    )
)
TEXTS = [(path.read_text(encoding="utf-8"), path.parent) for path in (*SPECS, *WRONG)]


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_any_mixture_of_names_gives_diagnostics_or_a_spec(data: st.DataObject) -> None:
    """Names and numbers of a spec put in each other's places: what a tired author may write."""
    whole, folder = data.draw(st.sampled_from(TEXTS))
    places = [m for m in WORDS.finditer(whole) if m.group() not in KEYWORDS]
    words = sorted({m.group() for m in places})
    swaps = data.draw(
        st.lists(st.tuples(st.sampled_from(places), st.sampled_from(words)), min_size=1, max_size=3)
    )
    for match, word in sorted(swaps, key=lambda swap: -swap[0].start()):
        whole = whole[: match.start()] + word + whole[match.end() :]
    try:
        loads(whole, "mixture.arch", folder)
    except ArchError as error:
        assert error.diagnostics
        assert text(error.diagnostics)


NUMBERS = st.recursive(
    st.integers(0, 9).map(str),
    lambda inner: st.tuples(inner, st.sampled_from(["+", "-", "*"]), inner).map(
        lambda t: f"({t[0]} {t[1]} {t[2]})"
    ),
    max_leaves=12,
)


@given(NUMBERS)
def test_constants_are_what_python_says(expression: str) -> None:
    source = Source("<text>", expression)
    node = parse_expression(source)
    found = Constants(lambda node: None).value(node)
    assert found == Fraction(eval(expression))


def test_huge_powers_are_no_constants() -> None:
    node = parse_expression(Source("<text>", "9^(9^(9^9))"))
    assert Constants(lambda node: None).value(node) is None


EXPONENTS = st.lists(st.integers(-6, 6), min_size=3, max_size=3)


@given(EXPONENTS, EXPONENTS, st.lists(st.integers(-6, 6), min_size=6, max_size=6))
def test_an_equation_of_dimensions_is_solved_or_refused(
    left: list[int], right: list[int], bases: list[int]
) -> None:
    """A solution solves; a refusal is right, since the greatest divisor shows it."""
    from math import gcd

    variables = [DimensionVariable() for _ in left]
    a = number(Dimension(), dict(zip(variables, left, strict=True)))
    b = number(Dimension(tuple(bases)), dict(zip(variables, right, strict=True)))
    equation = multiply(a, b, -1)
    powers = [x - y for x, y in zip(left, right, strict=True)]
    divisor = gcd(*powers)
    possible = not any(bases) if divisor == 0 else all(base % divisor == 0 for base in bases)
    assert len(bases) == len(BASES)
    assert solve(equation) == possible
    if possible:
        assert solved(equation) == Num()
