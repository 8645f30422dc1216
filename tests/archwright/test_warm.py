"""One bound spec after clicks and changed parameters answers as a fresh one does."""

from __future__ import annotations

import pytest

import archwright as aw

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
