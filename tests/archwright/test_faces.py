"""What answers look like at a prompt and in a notebook, and what mistakes in Python are told."""

from __future__ import annotations

from fractions import Fraction
from threading import Event

import pytest

import archwright as aw
from archwright import text
from archwright.dsl.units import MAC, Quantity
from archwright.solvers.control import Progress

MARKED = """arch 1
param n: 1 .. 10 = 3
space t { a: 1 .. 5  b: 1 .. 5 }
require r: a + b <= n because "<b>bold</b> {a} & more"
maximize a * b as work
expect count == 4
"""


@pytest.fixture(scope="module")
def p() -> aw.Bound:
    return aw.loads(MARKED, name="<i>.arch").bind()


def test_html_is_escaped(p: aw.Bound) -> None:
    spec = aw.loads(MARKED, name="<i>.arch")
    answer = p.solve()
    faces = [spec, p, answer, answer.architecture, p.explain({"a": 3}), p.pareto(), spec.test()]
    for face in faces:
        html = face._repr_html_()
        assert "<b>" not in html and "<i>" not in html
    conflict = p.explain({"a": 3})
    assert "&lt;b&gt;bold&lt;/b&gt; 3 &amp; more" in conflict._repr_html_()


def test_an_architecture_shows_what_was_chosen(p: aw.Bound) -> None:
    architecture = p.solve().architecture
    assert repr(architecture) == "architecture of <i>.arch\nchoices\n  a = 1\n  b = 2"
    (point,) = p.pareto()
    assert repr(point.architecture) == repr(architecture)
    assert repr(p.pareto()[:1][0].architecture) == repr(architecture)


def test_one_is_singular(p: aw.Bound) -> None:
    assert repr(p.pareto()).startswith("front of 1 point, complete\n")
    every = aw.loads("arch 1 space s { a: {3} }").bind().all()
    assert repr(every) == "1 solution over 1 choice (a)"


def test_a_column_of_a_front_has_one_unit() -> None:
    front = aw.loads("""arch 1
space s { n: 1 .. 3 }
optimize pareto { minimize n * 416 kB as size  maximize n as n }
""").bind().pareto()  # fmt: skip
    assert [line.split()[1] for line in repr(front).splitlines()[2:]] == ["kB"] * 3


def test_mistakes_in_python(p: aw.Bound) -> None:
    assert p.count(without="r") == 25
    with pytest.raises(aw.ArchError, match="no constraint called `rr`"):
        p.count(without="rr")
    with pytest.raises(TypeError, match="map names to values"):
        p.solve(["a"])  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="negative"):
        p.sample(-1)
    assert p.sample(0) == []
    with pytest.raises(TypeError, match=r"p.solve\(\).architecture"):
        aw.run(p.solve())  # type: ignore[arg-type]
    with pytest.raises(aw.ArchError, match="no-goal"):
        aw.loads("arch 1 space s { a: 1 .. 3 }").bind().pareto()
    with pytest.raises(AttributeError, match="foo"):
        aw.foo  # noqa: B018


def test_a_stopped_front_keeps_its_points() -> None:
    hard = aw.loads("""arch 1
space s { x[i in 1 .. 12]: 1 .. 30 }
require apart: alldifferent(x[i] for i in 1 .. 12)
require step for i in 1 .. 11: (x[i] * 3 * x[i + 1]) % 11 != 5
optimize pareto {
  maximize sum(x[i] * x[i + 1] * (i % 5 + 1) for i in 1 .. 11) as v
  minimize max(x[i] * x[i + 1] * x[i + 2] for i in 1 .. 10) as w
}
""").bind()
    stop = Event()

    def watch(progress: Progress) -> None:
        if progress.incumbent is not None:
            stop.set()

    with pytest.raises(aw.Stopped) as stopped:
        hard.pareto(progress=watch, cancel=stop)
    front = stopped.value.partial
    assert not front.complete and "not complete" in repr(front)


def test_quantities_of_one_family_share_a_unit() -> None:
    numbers = (1_079_280, 1_215_984)
    sizes = {f"macs[{i}]": Quantity(Fraction(n), MAC) for i, n in enumerate(numbers, 1)}
    assert str(sizes["macs[1]"]) == "1079.28 kMAC"
    assert text.pairs(sizes) == ["macs[1 2] = 1079.280 kMAC 1215.984 kMAC"]
