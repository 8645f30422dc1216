"""All minimal conflicts of a spec, one after the other, in Python and on the command line."""

from __future__ import annotations

from pathlib import Path

import pytest

import archwright as aw
from archwright.results import Conflict

from .command import Command

SPEC = """arch 1
space s { x: 1 .. 9  y: 1 .. 9 }
require low:  x + y <= 5
require high: x >= 5
require wide: y >= 5
require even: x % 2 == 0
require odd for i in 1 .. 2: (x + i) % 2 == 1 or i == 2 or y > 9
"""


def test_others() -> None:
    p = aw.loads(SPEC).bind()
    first = p.explain()
    assert first is not None and first.constraints == ("low", "high")
    others = list(first.others())
    assert [o.constraints for o in others] == [("low", "wide")]
    assert "y is 5 .. 9" in repr(others[0]) or "x + y is" in repr(others[0])
    assert [r.change for r in others[0].repairs] == ["raise `low` to 11", "drop `low`"]  # both
    assert [o.constraints for o in others[0].others()] == [("low", "high")]
    p = aw.loads(SPEC.replace("== 1 or", "== 0 or")).bind()
    first = p.explain()
    assert first is not None
    found = [first.constraints, *(o.constraints for o in first.others())]
    assert sorted(found) == [("even", "odd"), ("low", "high"), ("low", "wide")]


def test_others_are_found_within_the_time_limit() -> None:
    p = aw.loads(SPEC).bind()
    conflict = p.explain(time_limit=60)
    assert conflict is not None
    walk = conflict.others()
    assert next(walk).constraints == ("low", "wide") and next(walk, None) is None


def test_what_alone_cannot_hold_has_no_others() -> None:
    conflict = aw.loads("arch 1\nspace s { x: 1 .. 3 }\nrequire no: x > 7").bind().explain()
    assert conflict is not None and list(conflict.others()) == []
    fixed = aw.loads("arch 1\nspace s { x: 1 .. 3 }").bind().explain({"x": 2}, time_limit=5)
    assert fixed is None


def test_command(command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spec = tmp_path / "s.arch"
    spec.write_text(SPEC)
    plain = command("explain", spec, "--json", "-q").json
    assert "others" not in plain
    told = command("explain", spec, "--all", "--json", "-q").json
    assert told["others_complete"] is True
    assert [[m["name"] for m in other] for other in told["others"]] == [["low", "wide"]]
    face = command("explain", spec, "--all").out
    assert "another conflict: these 2 constraints" in face and "these are all conflicts" in face

    def stopped(self: Conflict) -> object:
        raise aw.Stopped("stopped")

    monkeypatch.setattr(Conflict, "others", stopped)
    outcome = command("explain", spec, "--all", "--json", "-q")
    assert outcome.code == 4 and outcome.json["others_complete"] is False


def test_a_repair_of_one_member_of_a_family_that_was_fixed_whole() -> None:
    pytest.importorskip("anywidget")
    p = aw.loads(
        """arch 1
space s { e[i in 1 .. 3]: 1 .. 4 }
require first: e[1] <= 2
maximize sum(e[i] for i in 1 .. 3) as total
"""
    ).bind()
    conflict = p.explain({"e": 4})
    assert conflict is not None
    panel = conflict.panel()
    place = next(i for i, r in enumerate(conflict.repairs) if r.change.startswith("e[1] ="))
    panel.apply(place, 1)
    assert panel.bound.solve().choices == {"e[1]": 2, "e[2]": 4, "e[3]": 4}
