"""`explain(goals=...)`: why nothing is that good, compared with every solution of small specs."""

from __future__ import annotations

from fractions import Fraction
from itertools import product
from typing import Any

import pytest

import archwright as aw
from archwright.interpreter.answers import GoalRepair

SPEC = """arch 1
param room: 1 .. 99 = 14
space s { a: 1 .. 6  b: 1 .. 6  c: {1, 2, 4} }
let cost = a * b + c
require fits: cost <= room because "{cost} of {room}"
require even: (a + c) % 2 == 0
require narrow: b <= 4
optimize pareto { minimize cost * 1 ms as time  maximize a + 2 * b as gain  minimize c as c }
"""


def reached(choices: dict[str, int]) -> dict[str, int]:
    a, b, c = choices["a"], choices["b"], choices["c"]
    return {"time": a * b + c, "gain": a + 2 * b, "c": c}


def holds(limit: str, goals: dict[str, int]) -> bool:
    name, sign, value = limit.split()[:3]
    return goals[name] <= int(value) if sign == "<=" else goals[name] >= int(value)


@pytest.mark.parametrize(("time", "gain"), [*product((3, 6, 9), (6, 9, 11, 14, 30))])
def test_limits_agree_with_a_list_of_everything(time: int, gain: int) -> None:
    p = aw.loads(SPEC).bind()
    limits = {"time": f"{time} ms", "gain": gain}
    asked = [f"time <= {time} ms", f"gain >= {gain}"]
    conflict = p.explain(goals=limits)

    def fits(names: list[str]) -> list[dict[str, int]]:
        dropped = {"fits", "even", "narrow"} - {*names}
        every = [reached(choices) for choices in p.all(without=dropped)]  # type: ignore[arg-type]
        return [g for g in every if all(holds(n, g) for n in names if " " in n)]

    if conflict is None:
        assert fits(["fits", "even", "narrow", *asked])
        return
    names = list(conflict.constraints)
    assert not fits(names)
    assert all(fits([n for n in names if n != one]) for one in names)
    best: dict[str, Any] = {r.goal: r.needed for r in conflict.repairs if isinstance(r, GoalRepair)}
    for name, limit in zip(("time", "gain"), asked, strict=True):
        rest = fits(["fits", "even", "narrow", *(n for n in asked if n != limit)])
        values = [g[name] for g in rest]
        if limit in names and values:
            exact = max(values) if name == "gain" else Fraction(min(values), 1000)
            found = best[name].value if isinstance(best[name], aw.Quantity) else best[name]
            assert found == exact
        else:
            assert name not in best


def test_faces_and_places() -> None:
    conflict = aw.loads(SPEC).bind(room=99).explain(goals={"time": "3 ms", "gain": 12})
    assert conflict is not None
    assert [m.goal for m in conflict.members] == ["time", "gain"]
    assert [span.text for span in conflict.ranges][1] == "maximize a + 2 * b as gain"
    assert "gain is 3 .. 5" in repr(conflict)
    assert "let `time` be up to " in repr(conflict)


def test_both_ends_and_open_ends() -> None:
    p = aw.loads(SPEC).bind()
    assert p.explain(goals={"time": ("2 ms", "2 ms")}) is None
    assert p.explain(goals={"time": (None, "1.9 ms"), "gain": (None, None)}) is not None
    assert p.explain(goals={"time": ("14 ms", None)}) is None
    assert p.explain({"c": 4}, goals={"c": 2}) is not None
    assert p.explain({"c": 2}, goals={"time": "3 ms"}) is not None
    assert p.explain({"c": 2}, goals={"time": "3 ms"}, without="even") is None
    assert p.explain() is None  # nothing is left of a question's limits


def test_others_speak_of_limits_too() -> None:
    conflict = aw.loads(SPEC).bind(room=5).explain(goals={"gain": 15})
    assert conflict is not None
    every = {conflict.constraints, *(o.constraints for o in conflict.others())}
    assert every == {("fits", "gain >= 15"), ("narrow", "gain >= 15")}


@pytest.mark.parametrize(
    ("goals", "slug"),
    [
        ({"tim": "3 ms"}, "unknown-goal"),
        ({"time": 3}, "unit-mismatch"),
        ({"gain": "3 ms"}, "unit-mismatch"),
        ({"gain": (None, "some")}, "bad-value"),
        ({"gain": True}, "bad-value"),
    ],
)
def test_mistakes(goals: dict[str, object], slug: str) -> None:
    with pytest.raises(aw.ArchError) as error:
        aw.loads(SPEC).bind().explain(goals=goals)
    assert error.value.diagnostics[0].slug == slug


def test_what_are_no_limits() -> None:
    p = aw.loads(SPEC).bind()
    with pytest.raises(TypeError):
        p.explain(goals={"gain": (1, 2, 3)})
    with pytest.raises(TypeError):
        p.explain(goals=["gain"])  # type: ignore[arg-type]
    with pytest.raises(aw.ArchError):
        aw.loads("arch 1\nspace s { a: 1 .. 2 }").bind().explain(goals={"gain": 1})
