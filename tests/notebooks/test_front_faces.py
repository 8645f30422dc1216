"""The still faces of fronts: golden, well formed, small, true, everything escaped."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import pytest

import archwright as aw
from archwright.dsl.units import TIME
from archwright.notebooks.front.chart import Chart, Table
from archwright.notebooks.front.columns import choice_axis, goal_axis
from archwright.notebooks.front.picture import parallel, scatter
from archwright.solvers.answers import Proof

TWO = """arch 1
space s { a: 1 .. 6  b: 1 .. 6 }
require fits: a * b <= 20
optimize pareto { minimize (a * b + a) * 1 ms as time  maximize a + 2 * b as gain }
"""
THREE = """arch 1
enum Kind { plain, wide }
space s { a: 1 .. 4  kind: Kind  k: {3, 5} when kind == wide }
let more = if kind == wide then k else 1
optimize pareto {
  minimize a * 1 KiB as size
  maximize a * more as gain
  minimize a + 2 * more as work
}
"""


def front(text: str) -> Any:
    return aw.loads(text).bind().pareto()


class Stub:
    """A front with any values and names."""

    complete = True
    proof = Proof("search", 12, None, "<b>a reason</b>")
    errors: dict[str, Fraction]

    def __init__(self, names: list[str], senses: list[str], vectors: list[tuple[Any, ...]]) -> None:
        self.goal_names, self.senses, self._vectors = names, senses, vectors
        self.errors, self.choice_names = {}, ["<k>"]

    def __len__(self) -> int:
        return len(self._vectors)

    def goal_vectors(self) -> list[tuple[Any, ...]]:
        return self._vectors

    def choices_of(self, i: int) -> dict[str, Any]:
        return {"<k>": "<script>"}

    def choices(self) -> list[dict[str, Any]]:
        return [self.choices_of(i) for i in range(len(self))]


@pytest.mark.parametrize(("name", "text"), [("front_two", TWO), ("front_three", THREE)])
def test_golden(name: str, text: str, golden: Callable[[str, str], None]) -> None:
    found = front(text)
    golden(f"{name}.txt", repr(found))
    golden(f"{name}.html", re.sub(r"<style>.*?</style>", "", found._repr_html_(), flags=re.S))


def test_every_point_is_on_the_border_between_two_goals() -> None:
    found = front(TWO)
    drawn = Chart(Table(found._inner)).scatter()
    assert drawn is not None
    root = ElementTree.fromstring(drawn.svg)
    by_class = {child.get("class"): child for child in root.iter() if child.get("class")}
    points = set(re.findall(r"M([\d.]+) ([\d.]+)h0", by_class["aw-dots"].get("d") or ""))
    stairs = set(re.findall(r"([\d.]+) ([\d.]+)", by_class["aw-border"].get("d") or ""))
    assert len(points) == len(found) and points <= stairs
    assert len([c for c in root.iter() if c.get("class") == "aw-hint"]) == len(found)


@pytest.mark.parametrize("first", ["minimize", "maximize"])
@pytest.mark.parametrize("second", ["minimize", "maximize"])
def test_the_wash_is_on_the_side_that_is_dominated(first: str, second: str) -> None:
    slope = -1 if first == second else 1
    vectors = [(i, slope * i + 9) for i in range(1, 9)]
    x, y = (
        goal_axis(n, s, [v[i] for v in vectors], None)
        for i, (n, s) in enumerate((("x", first), ("y", second)))
    )
    drawn = scatter(x, y, log=(False, False), border=True)
    left, top, right, low = drawn.frame
    wash = re.search(r'd="M([^"]*)Z" class="aw-wash"', drawn.svg)
    assert wash is not None
    corner = [float(v) for v in wash[1].split("L")[-1].split()]
    assert corner == [right if first == "minimize" else left, top if second == "minimize" else low]
    assert ("← better" if first == "minimize" else "better →") in drawn.svg
    assert ("↓ better" if second == "minimize" else "↑ better") in drawn.svg


def test_ten_thousand_points_are_one_path_and_small() -> None:
    vectors = [(i, 20_000 - i, (i * 7919) % 10_007) for i in range(10_000)]
    table = Table(Stub(["a", "b", "c"], ["minimize"] * 3, vectors))
    html = Chart(table).still()
    assert html.count('class="aw-dots aw-square"') == 1 and html.count('class="aw-lines"') == 1
    assert len(html) < 700_000
    assert "and 9,980 more" in html and "complete: 10,000 points, proved" in html
    flat = Table(Stub(["a", "b"], ["minimize"] * 2, [v[:2] for v in vectors]))
    assert len(Chart(flat).still()) < 200_000


def test_markup_in_names_is_text() -> None:
    hostile = '<script>alert("x")</script>&'
    table = Table(Stub([hostile, "b" * 300, "c"], ["minimize"] * 3, [(1, 3, 1), (2, 2, 2)]))
    chart = Chart(table, choices=["<k>"])
    html = chart.still(selected=1)
    assert "<script" not in html and "<k>" not in html and "<b>a reason" not in html
    for drawn in (chart.scatter(1), chart.parallel(1)):
        assert drawn is not None
        ElementTree.fromstring(drawn.svg)


def test_equal_values_and_single_points_have_axes() -> None:
    for vectors in ([(5, 5)], [(5, 1), (5, 1)], [(0, 0)], [(-3, 7), (-4, 8)]):
        table = Table(Stub(["a", "b"], ["minimize", "maximize"], vectors))
        drawn = Chart(table).scatter()
        assert drawn is not None and "nan" not in drawn.svg


def test_wide_goals_are_logarithmic_unless_asked_otherwise() -> None:
    table = Table(Stub(["a", "b"], ["minimize"] * 2, [(1, 50_000), (2000, 10), (0, 60_000)][:2]))
    assert Chart(table).logs == {"a", "b"}
    assert Chart(table, log=False).logs == set()
    assert Chart(table, log="a").logs == {"a"}
    flat = Table(Stub(["a", "b"], ["minimize"] * 2, [(0, 5), (1, 4)]))
    assert Chart(flat).logs == set() and Chart(flat, log=True).logs == {"b"}
    with pytest.raises(ValueError, match="0 or less"):
        Chart(flat, log=["a"])


def test_axes_by_name() -> None:
    table = Table(front(THREE)._inner)
    assert (Chart(table).x, Chart(table).y) == ("size", "gain")
    assert (Chart(table, x="work").x, Chart(table, x="work").y) == ("work", "size")
    assert (Chart(table, y="size").x, Chart(table, y="size").y) == ("gain", "size")
    for wrong in ({"x": "nothing"}, {"choices": ["nothing"]}, {"log": ["nothing"]}):
        with pytest.raises(KeyError, match="nothing"):
            Chart(table, **wrong)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="both axes"):
        Chart(table, x="gain", y="gain")


def test_columns_are_exact_and_in_one_unit() -> None:
    axis = goal_axis("t", "minimize", [aw.Quantity(Fraction(1, 3)), aw.Quantity(Fraction(2))], None)
    assert axis.texts == ("1/3", "2") and axis.numbers == (1 / 3, 2.0)
    size = front(THREE)._table.axis("size")
    assert size.unit == "KiB" and set(size.texts) <= {"1 KiB", "2 KiB", "3 KiB", "4 KiB"}
    assert size.exact(2.0) == aw.Quantity(Fraction(2 * 8192), size.dimension)
    off = goal_axis("l", "minimize", [Fraction(3, 2)], Fraction(1, 10**9))
    assert off.error == "± 1e-9"


def test_choices_that_are_not_there_have_a_place() -> None:
    axis = choice_axis("k", [{"k": 5}, {}, {"k": 3}])
    assert axis.marks == ((0.0, "not there"), (1.0, "3"), (2.0, "5"))
    assert axis.numbers == (2.0, 0.0, 1.0)
    words = choice_axis("m", [{"m": "wide"}, {"m": "plain"}, {"m": True}])
    assert [text for _, text in words.marks] == ["wide", "plain", "true"]
    long = choice_axis("n", [{"n": i} for i in range(100)])
    assert long.marks == () and long.numbers[-1] == 99.0
    drawn = parallel([axis, axis], [False, False])
    assert drawn.svg.count("not there") == 2


def test_states_in_words() -> None:
    single = front("arch 1\nspace s { a: 1 .. 6 }\nminimize a * 1 ms as time")
    assert "One goal, so one point" in single._repr_html_() and "1 ms" in single._repr_html_()
    empty = front("arch 1\nspace s { a: 1 .. 6 }\nrequire no: a > 9\nminimize a as b")
    assert "nothing fits, proved" in empty._repr_html_()
    assert "no   -->" in repr(empty) and "this constraint cannot hold" in repr(empty)
    table = Table(Stub(["a", "b"], ["minimize"] * 2, [(1, 2)]))
    table.front.complete = False
    assert "not complete: stopped after 1 point" in Chart(table).still()
    logarithm = front(
        "arch 1\nspace s { a: 1 .. 6 }\noptimize pareto { maximize log2(a) as l  minimize a as a }"
    )
    assert "l ± " in logarithm._repr_html_()


def test_the_selected_point_is_told() -> None:
    found = front(TWO)
    found.select(-1)
    html = found._repr_html_()
    assert f"selected: point {len(found) - 1}: " in html and 'class="aw-ring"' in html


def test_a_long_name_is_cut_before_its_unit() -> None:
    long = "n" * 100
    axis = goal_axis(long, "minimize", [aw.Quantity(Fraction(1, 1000), TIME)] * 2, None)
    drawn = scatter(axis, axis, log=(False, False), border=False)
    assert drawn.svg.count("… (ms)<") == 2 and f">{long}" not in drawn.svg
    assert f"<title>{long} (ms)</title>" in parallel([axis, axis], [False, False]).svg
