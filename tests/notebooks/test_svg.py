"""Pictures: numbers are short, everything is escaped, scales go both ways and tick roundly."""

from __future__ import annotations

import doctest
import xml.etree.ElementTree as ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archwright.notebooks.svg import axes, element, scale
from archwright.notebooks.svg.scale import Scale


def test_examples_in_docstrings() -> None:
    for module in (element, scale):
        assert doctest.testmod(module).failed == 0


def test_everything_is_escaped() -> None:
    hostile = '<script>alert("x")</script>&'
    shown = element.picture(
        element.words(hostile, 1, 2, class_=hostile),
        element.hint(hostile),
        width=10,
        height=10,
        label=hostile,
    )
    root = ElementTree.fromstring(shown)
    assert "script" not in {child.tag.split("}")[1] for child in root.iter()}
    assert root.attrib["aria-label"] == hostile


numbers = st.lists(st.floats(-1e9, 1e9).map(lambda v: round(v, 3)), min_size=1, max_size=9)


@given(numbers)
def test_a_scale_holds_every_value(values: list[float]) -> None:
    to_pixel = Scale.over(values, 10, 110)
    for value in values:
        assert 10 - 1e-6 <= to_pixel(value) <= 110 + 1e-6
        assert to_pixel.inverse(to_pixel(value)) == pytest.approx(value, abs=1e-3, rel=1e-6)
    assert all(to_pixel.low <= t <= to_pixel.high * (1 + 1e-9) + 1e-6 for t in to_pixel.ticks())


@given(st.lists(st.floats(1e-6, 1e12), min_size=1, max_size=9))
def test_a_logarithmic_scale_holds_every_value(values: list[float]) -> None:
    to_pixel = Scale.over(values, 200, 0, log=True)
    assert all(-1e-6 <= to_pixel(value) <= 200 + 1e-6 for value in values)
    assert 1 <= len(to_pixel.ticks()) <= 12


def test_ticks_are_round() -> None:
    assert Scale(0, 100, 0, 1).ticks(5) == [0, 20, 40, 60, 80, 100]
    assert Scale(1, 1000, 0, 1, log=True).ticks(5) == [1, 10, 100, 1000]
    assert Scale(0.3, 0.9, 0, 1).ticks(4) == [0.4, 0.6, 0.8]


def test_axes_are_pictures() -> None:
    x, y = Scale(0, 10, 40, 200), Scale(1, 1000, 100, 10, log=True)
    shown = element.picture(
        axes.bottom(x, 100, "time <ms>", top=10),
        axes.left(y, 40, "work"),
        width=210,
        height=140,
        label="an empty chart",
    )
    texts = [t.text for t in ElementTree.fromstring(shown).iter() if t.tag.endswith("text")]
    assert "time <ms>" in texts and "10" in texts and "1000" in texts
