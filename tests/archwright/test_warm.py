"""One bound spec after clicks and changed parameters answers as a fresh one does."""

from __future__ import annotations

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier, Event

import pytest

import archwright as aw
from archwright.solvers.control import Progress

TEXT = """arch 1
param room: 1 .. 100 = 20
space s { n: 1 .. 9  m: 1 .. 9  deep: bool  k: 1 .. 4 when deep }
require fits: n * m <= room
maximize n + m as size
"""


@pytest.fixture
def spec() -> aw.Spec:
    return aw.loads(TEXT)


def asked(p: aw.Bound) -> tuple[object, ...]:
    return (
        p.count(),
        p.domains(),
        p.domains(exact=False),
        p.solve().choices,
        p.all().to_numpy().tolist(),
    )


def test_fixed_choices_hold_in_every_question(spec: aw.Spec) -> None:
    p = spec.bind()
    q = p.fixed(n=4).fixed({"deep": True})
    assert q.count() == p.count({"n": 4, "deep": True})
    assert q.domains() == p.domains({"n": 4, "deep": True})
    assert q.solve().choices == {"n": 4, "m": 5, "deep": True, "k": 1}
    assert q.count({"n": 5}) == p.count({"n": 5, "deep": True})
    assert p.domains()["n"] == list(range(1, 10))
    with pytest.raises(TypeError, match="map names to values"):
        q.solve(["a"])  # type: ignore[arg-type]


def test_changed_parameters_are_those_of_a_fresh_bind(spec: aw.Spec) -> None:
    p = spec.bind()
    before = asked(p)
    q = p
    for room in (12, 80, 3, 20):
        q = q.changed(room=room)
        assert asked(q) == asked(spec.bind(room=room))
    assert asked(p) == before == asked(q)


def test_earlier_ones_explain_their_own_conflicts(spec: aw.Spec) -> None:
    p = spec.bind(room=5)
    q = p.changed(room=30)
    assert q.explain({"n": 3, "m": 3}) is None
    report = p.explain({"n": 3, "m": 3})
    assert report is not None
    assert report.constraints == ("fits",)
    assert "5" in repr(report)
    assert p.tightness("fits").slack == spec.bind(room=5).tightness("fits").slack


def test_a_mistake_leaves_the_earlier_one_as_it_was(spec: aw.Spec) -> None:
    p = spec.bind()
    count = p.count()
    with pytest.raises(aw.ArchError, match="101"):
        p.changed(room=101)
    with pytest.raises(aw.ArchError, match="rooms"):
        p.changed(rooms=10)
    assert p.count() == count
    assert p.changed(room=9).fixed(n=3).domains()["m"] == [1, 2, 3]


SHARED = """arch 1
param room: 1 .. 400 = 90
space s { n[i in 1 .. 4]: 1 .. 8  deep: bool  k[i in 1 .. 2]: 1 .. 4 when deep }
require fits:   n[1] * n[2] + n[3] * n[4] + (if deep then k[1] * n[4] * 7 else 0) <= room
require enough: n[1] * n[4] >= 12
prefer even: n[2] % 2 == 0
optimize pareto { maximize n[1] + n[2] + n[3] as size  minimize n[1] * n[4] as work }
"""


def sharing(p: aw.Bound) -> list[Callable[[], object]]:
    """Questions that share what they find out, and some that extend the problem."""

    def why() -> object:
        report = p.explain({"n[1]": 2, "n[4]": 3})
        assert report is not None
        terms = [(term.text, term.range) for member in report.members for term in member.terms]
        return report.constraints, terms, [repair.change for repair in report.repairs]

    return [
        p.count,
        lambda: p.fixed(deep=True).count(),
        lambda: p.domains({"n[2]": 5}),
        lambda: p.fixed({"k[1]": 3}).domains(exact=False),
        lambda: p.solve().choices,
        lambda: p.solve({"k": 2}).goals,
        lambda: [(x.goals, x.choices) for x in p.pareto()],
        lambda: p.changed(room=60).count(),
        lambda: p.changed(room=60).domains(),
        lambda: p.changed(room=40).solve().goals,
        lambda: p.tightness("fits").curve,
        why,
    ]


def test_threads_that_ask_at_once_are_answered_as_one_is() -> None:
    alone = [ask() for ask in sharing(aw.loads(SHARED).bind())]
    questions = sharing(aw.loads(SHARED).bind())
    together = Barrier(4)

    def in_turn(first: int) -> list[object]:
        together.wait()
        order = [(first * 3 + i) % len(questions) for i in range(len(questions))]
        found = {i: questions[i]() for i in order}
        return [found[i] for i in range(len(questions))]

    with ThreadPoolExecutor(4) as pool:
        for answers in pool.map(in_turn, range(4)):
            assert answers == alone


WIDE = """arch 1
space s { a: 1 .. 1_000_000  b: 1 .. 1_000_000  c: 1 .. 1_000_000 }
require odd: (a * b + c) % 7 == 3
minimize a * b + c * 3 as cost
"""


def test_a_question_ends_when_its_event_is_set_in_another_thread() -> None:
    p = aw.loads(WIDE).bind()
    cancel, running = Event(), Event()

    def told(progress: object) -> None:
        running.set()

    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(lambda: p.domains(progress=told, cancel=cancel))
        assert running.wait(60)
        cancel.set()
        with pytest.raises(aw.Stopped) as stopped:
            asked.result(60)
    so_far = stopped.value.partial
    assert so_far is None or (isinstance(so_far, dict) and {*so_far} == {"a", "b", "c"})
    assert p.count({"a": 1, "b": 1, "c": 2}) == 1  # others are not ended


def test_a_stopped_question_for_values_has_those_that_are_known() -> None:
    p = aw.loads(WIDE).bind()
    cancel = Event()

    def told(progress: Progress) -> None:
        if progress.phase == "finding possible values" and progress.nodes > 20:
            cancel.set()

    with pytest.raises(aw.Stopped) as stopped:
        p.domains(progress=told, cancel=cancel)
    so_far = stopped.value.partial
    assert isinstance(so_far, dict) and sum(map(len, so_far.values())) > 20
    for name, values in so_far.items():
        assert p.solve({name: values[-1]}, any_solution=True, time_limit=30).status != "infeasible"


def test_what_is_cancelled_stays_so() -> None:
    p = aw.loads(WIDE).bind()
    cancel = Event()
    cancel.set()
    with pytest.raises(aw.Stopped):
        p.domains(cancel=cancel)
    assert p.fixed(a=1, b=1).count({"a": 1, "b": 1, "c": 2}) == 1


def test_the_page_about_asking_from_python() -> None:
    page = Path(__file__).parents[2] / "docs" / "python.md"
    blocks = re.findall(r"```python\n(.*?)```", page.read_text(), re.DOTALL)
    exec("\n".join(blocks), {})
