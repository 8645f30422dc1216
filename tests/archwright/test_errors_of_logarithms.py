"""Every face of an answer says how far its logarithms may be off."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

import archwright as aw
from archwright.interpreter.answers import with_error

from .command import Command

SPEC = """arch 1
space s {
  a: 1 .. 4
  b: 1 .. 4
}
let size = ln(a) * 3 B
let exact = log2(4) + a
require budget: a + b <= 5
optimize pareto {
  maximize ln(a) as first
  maximize b as second
}
"""


def test_solve(command: Command, tmp_path: Path) -> None:
    path = tmp_path / "spec.arch"
    path.write_text(SPEC)
    found = command("solve", path, "--json", "-q").json
    assert found["errors"] == {"first": 5e-10, "size": {"value": 1.2e-8, "unit": "bit"}}
    text = command("solve", path, "-q").out
    assert "first = 1.386294361 ± 5e-10" in text
    assert "size = 33.271064664 bit ± 2e-8 bit" in text
    assert "exact = 6\n" in text


def test_front(command: Command, tmp_path: Path) -> None:
    path = tmp_path / "spec.arch"
    path.write_text(SPEC)
    assert command("pareto", path, "--json", "-q").json["errors"] == {"first": 5e-10}
    assert "front of 4 points, complete; first ± 5e-10" in command("pareto", path, "-q").out


def test_a_spec_that_decides_nothing_shows_its_values() -> None:
    text = repr(aw.loads("arch 1\nlet x = ln(10)\nlet y = 3").bind().solve())
    assert "x = 2.302585093 ± 5e-10" in text and "y = 3" in text


def test_html() -> None:
    html = aw.loads(SPEC).bind().solve()._repr_html_()
    assert "1.386294361 ± 5e-10" in html and "33.271064664 bit ± 2e-8 bit" in html


@pytest.mark.parametrize(
    ("value", "bound", "text"),
    [
        (Fraction("1.609437912"), Fraction(5, 10**10), "1.609437912 ± 5e-10"),
        (Fraction("32120.2034516037811675"), Fraction(6, 10**12), "32_120.2034516037812 ± 7e-12"),
        (Fraction("-0.00011718191920212223"), Fraction(3, 10**6), "-0.0001172 ± 4e-6"),
        (Fraction(1, 3), Fraction(1, 10**3), "0.3333 ± 2e-3"),
        (Fraction(22222, 7), Fraction(5), "3174.6 ± 6e0"),
        (33_490, Fraction(1, 2), "33_490 ± 5e-1"),
    ],
)
def test_digits_that_a_bound_vouches_for(value: int | Fraction, bound: Fraction, text: str) -> None:
    assert with_error(value, bound) == text
    shown = Fraction(text.partition(" ")[0].replace("_", ""))
    assert abs(shown - value) + bound <= Fraction(text.rpartition(" ")[2])
