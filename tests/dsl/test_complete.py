"""Completion: what the grammar would read next, what the text declares, members behind a dot."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archwright.dsl.complete import complete

TEXT = """arch 1
import std.mcu as mcu
import std.nn as nn
hardware part is mcu.f746
table cost(kernel) -> (time: ms, energy) from "cost.csv"
param deadline: 5 ms .. 90 ms = 30 ms
space s { rows: 1 .. 8  columns: {4, 8}  k[i in 1 .. 3]: {3, 5} }
fn twice(x) = x * 2
"""


def offered(more: str, text: str = TEXT) -> list[str]:
    return [c.text for c in complete(text + more, len(text + more))]


@pytest.mark.parametrize(
    ("more", "first"),
    [
        ("req", "require"),
        ("require fits: ro", "rows"),
        ("require fits: rows * columns <= dead", "deadline"),
        ("require fits: part.sr", "sram"),
        ("let t = cost(3).", "time"),
        ("let x = nn.make_", "make_divisible"),
        ("import std.mc", "mcu"),
        ("maximize rows a", "as"),
        ("param w: 1 K", "KiB"),
        ("require x: alld", "alldifferent"),
        ("prefer rows <= 3 w", "when"),
        ("require a: rows <= 4\n  bec", "because"),
        ("let y = tw", "twice"),
        ("let b = i", "if"),
    ],
)
def test_what_is_offered(more: str, first: str) -> None:
    assert first in offered(more)[:3]


@pytest.mark.parametrize(
    "more",
    ["require new", "param q", "# a comment re", 'require r: rows <= 2 because "ro', "x.y.z."],
)
def test_nothing_where_nothing_is_to_be_found(more: str) -> None:
    assert offered(more) == []


def test_keywords_that_may_be_names_are_not_offered_inside_an_expression() -> None:
    assert "param" not in offered("let t = rows * p")
    assert "param" in offered("p")


def test_a_text_that_is_wrong_still_has_names_and_keywords() -> None:
    text = "arch 1\nspace s { rows: 1 .. }\nrequire = \n"
    assert offered("let z = ro", text) == ["rows"]
    assert "require" in offered("re", text)
    assert "as" in offered("maximize rows a", text)[:2]


def test_what_is_written_is_replaced_from_its_start() -> None:
    (found,) = complete("arch 1\nspace s { rows: 1 .. 3 }\nlet z = ro + 1", 42)
    assert (found.start, found.text, found.what) == (40, "rows", "name")


@settings(deadline=None, max_examples=60)
@given(st.integers(0, len(TEXT)), st.text('ab: .{}()<=1\n"#é', max_size=6))
def test_nothing_ever_raises(place: int, noise: str) -> None:
    text = TEXT[:place] + noise + TEXT[place:]
    for found in complete(text, place + len(noise)):
        assert (
            text[found.start : place + len(noise)] == found.text[: place + len(noise) - found.start]
        )
