"""What limits are worth, and repairs that move them: in Python and on the command line."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

import archwright as aw

from .command import Command

TILE = """arch 1
param budget: 16 B .. 128 B step 16 B = 32 B
param floor: 0 .. 10 = 2
let there = 40 B
space tile {
  rows: 1 .. 8
  columns: {4, 8, 16}
  padded: bool
}
let bytes = rows * (columns + (if padded then 1 else 0)) * 1 B
require fits: bytes <= budget
require room for spare in {4, 8}: bytes + spare * 1 B <= there
require enough: rows >= floor
require shape: columns divides 16 * rows
require narrow: padded implies columns * 2 < 20
optimize lex { maximize bytes as used  minimize rows as rows_used }
"""


@pytest.fixture(scope="module")
def p() -> aw.Bound:
    return aw.loads(TILE).bind()


def options() -> list[tuple[int, int, int]]:
    return [(r, c, d) for r in range(1, 9) for c in (4, 8, 16) for d in (0, 1)]


def holds(rows: int, columns: int, padded: int, without: str = "") -> bool:
    size = rows * (columns + padded)
    return all(
        name == without or good
        for name, good in {
            "fits": size <= 32,
            "room": size + 8 <= 40,
            "enough": rows >= 2,
            "narrow": not padded or columns * 2 < 20,
        }.items()
    )


def steps(name: str, amount: object) -> list[tuple[int, int]]:
    """(amount, best size) where the best becomes better, by rising amount; by brute force."""
    best: dict[int, int] = {}
    for r, c, d in options():
        if holds(r, c, d, without=name):
            key = amount(r, c, d)  # type: ignore[operator]
            best[key] = max(best.get(key, 0), r * (c + d))
    found: list[tuple[int, int]] = []
    for key in sorted(best):
        if not found or best[key] > found[-1][1]:
            found.append((key, best[key]))
    return found


def test_the_curve_against_a_parameter(p: aw.Bound) -> None:
    t = p.tightness("fits")
    assert str(t.limit) == "32 B" and t.written == "budget" and t.upper
    expected = steps("fits", lambda r, c, d: r * (c + d))
    assert [(int(a), int(b)) for a, b in t.curve] == expected
    assert {k: int(v) for k, v in t.slack.items()} == {"fits": 0}
    for step in t.steps:
        assert step.architecture.choices == step.choices
        assert step.goal == step.architecture.goals["used"]


def test_a_family_has_slack_for_each_member(p: aw.Bound) -> None:
    t = p.tightness("room")
    assert {k: int(v) for k, v in t.slack.items()} == {"room[4]": 4, "room[8]": 0}
    assert [(int(a), int(b)) for a, b in t.curve] == steps("room", lambda r, c, d: r * (c + d) + 8)


def test_a_lower_limit_is_looser_where_it_is_less(p: aw.Bound) -> None:
    t = p.tightness("enough")
    assert not t.upper and t.limit == 2 and t.written == "floor"
    expected = steps("enough", lambda r, c, d: -r)
    assert [(-int(a), int(b)) for a, b in t.curve] == expected


def test_a_limit_under_a_condition_is_exact_where_it_applies(p: aw.Bound) -> None:
    t = p.tightness("narrow")
    assert t.limit == 20
    best = max(r * (c + d) for r, c, d in options() if holds(r, c, d, without="narrow"))
    assert int(t.curve[-1][1]) == best
    assert len(t.steps[0].choices) == 3


def test_fixed_choices_and_dropped_constraints_count(p: aw.Bound) -> None:
    t = p.tightness("fits", {"columns": 16}, without="room")
    assert [(str(a), str(b)) for a, b in t.curve] == [
        (f"{16 * r} B", f"{16 * r} B") for r in range(2, 9)
    ]
    assert t.curve[t.steps.holding() or 0][0] == t.limit
    assert p.tightness("fits", {"rows": 8, "columns": 16}).steps.holding() is None


def test_the_text_and_the_array(p: aw.Bound) -> None:
    t = p.tightness("fits", without="room")
    lines = repr(t).splitlines()
    assert lines[1].strip() == "bytes <= budget"
    assert any(line.endswith("<- the limit as it is") for line in lines)
    assert "least limit" in repr(t) and repr(t) in t._repr_html_().replace("&lt;", "<").replace(
        "&gt;", ">"
    )
    pytest.importorskip("xarray")
    data = t.to_xarray()
    assert data["used"].dims == ("step",) and data["limit"].attrs == {"units": "B"}
    assert data["limit"].values.tolist() == [int(a) for a, _ in t.curve]


@pytest.mark.parametrize(
    ("name", "slug"),
    [("shape", "no-slack"), ("shapes", "unknown-constraint")],
)
def test_what_has_no_tightness(p: aw.Bound, name: str, slug: str) -> None:
    with pytest.raises(aw.ArchError) as caught:
        p.tightness(name)
    assert caught.value.diagnostics[0].slug == slug


def test_no_goal() -> None:
    p = aw.loads("arch 1\nspace s { x: 1 .. 3 }\nrequire low: x <= 2").bind()
    with pytest.raises(aw.ArchError, match="no-goal"):
        p.tightness("low")


def test_limits_that_choices_change_are_shown_as_shifts() -> None:
    p = aw.loads("""arch 1
    space s { x: 1 .. 9  y: 1 .. 4 }
    require under: x <= 2 * y
    maximize x - y as gain
    """).bind()
    t = p.tightness("under")
    assert t.limit is None and t.written == ""
    assert t.slack == {"under": 0}
    assert "looser by" in repr(t)
    assert (0, 4) in t.curve and t.curve[-1] == (7, 8)


def test_members_that_do_not_apply_exceed_nothing() -> None:
    p = aw.loads("""arch 1
    space s { on[i in 1 .. 3]: bool  x[i in 1 .. 3]: 1 .. 5 when on[i] }
    require low for i in 1 .. 3 where on[i]: x[i] <= 2
    maximize sum((if on[i] then x[i] else 0) for i in 1 .. 3) as total
    """).bind()
    t = p.tightness("low")
    assert t.curve == [(n, 3 * n) for n in range(1, 6)]
    assert t.slack == {f"low[{i}]": 0 for i in (1, 2, 3)}
    assert p.tightness("low", {"on": False}).slack == {}


def test_constraints_of_calls_have_tightness() -> None:
    p = aw.loads("""arch 1
    import std.nn as nn
    space s { w: {4, 8, 16} }
    op wide(x: tensor[C, H, W], out) -> tensor[out, H, W] {
      let macs = C * out * H * W * 1 MAC
      require small: out * C <= 40
    }
    network net(x: tensor[3, 2, 2]) {
      x = wide(x, out = w) as first
      return x
    }
    let macs = sum(l.macs for l in net.layers)
    maximize macs
    """).bind()
    t = p.tightness("first.small")
    assert [limit for limit, _ in t.curve] == [12, 24, 48]
    assert t.slack == {"first.small": 16}


def test_fractions_are_exact() -> None:
    p = aw.loads("""arch 1
    space s { x: 1 .. 6 }
    require share: x / 7 <= 1 / 2
    maximize x as most
    """).bind()
    assert p.tightness("share").curve == [(Fraction(n, 7), n) for n in range(1, 7)]


# ---------------------------------------------------------------------------------------- repairs


def changes(text: str, choices: dict[str, object] | None = None, **parameters: Any) -> list[str]:
    conflict = aw.loads(text).bind(**parameters).explain(choices)
    assert conflict is not None and conflict.repairs_complete
    assert all(r.verified for r in conflict.repairs)
    return [r.change for r in conflict.repairs]


def test_the_least_higher_limit_comes_first(p: aw.Bound) -> None:
    conflict = p.explain({"rows": 7, "columns": 8})
    assert conflict is not None
    found = [r.change for r in conflict.repairs]
    assert conflict.constraints in (("fits",), ("room",))  # both are broken, either is a conflict
    assert all("drop" not in f for f in found)  # nothing alone helps but another choice
    conflict = p.explain({"rows": 7, "columns": 8}, without="room")
    assert conflict is not None
    assert [r.change for r in conflict.repairs][:2] == ["set budget >= 64 B", "drop `fits`"]


def test_limits_that_are_no_parameter() -> None:
    text = """arch 1
    space s { x: 1 .. 9  y: 1 .. 9 }
    let most = 3 KiB
    require size: x * y * 1 KiB <= most because "too large"
    require low: 2 * x > 20 - y
    """
    assert changes(text) == [
        "raise `size` to 27 KiB",
        "loosen `low` by more than 13",
        "drop `size`",
        "drop `low`",
    ]


def test_a_limit_that_is_read_elsewhere_is_raised_by_its_name() -> None:
    text = """arch 1
    param most: 1 .. 20 = 3
    space s { x: 5 .. 9 }
    require low: x <= most
    maximize x * most
    """
    assert changes(text)[0] == "raise `low` to 5"
    assert changes(text.replace("x * most", "x"))[0] == "set most >= 5"


def test_the_domain_of_a_parameter_decides() -> None:
    text = """arch 1
    param most: {1, 3, 8, 12} = 3
    param least: 0 .. 40 step 5 = 40
    space s { x: 5 .. 9 }
    require low: x <= most
    require high: x * 7 >= least
    """
    assert changes(text, least=0)[0] == "set most >= 8"
    assert changes(text, {"x": 5}, most=12)[0] == "set least <= 35"
    assert changes(text.replace("8, 12", "4"), least=0)[0] == "raise `low` to 5"
    strict = text.replace("x <= most", "x < most").replace("{1, 3, 8, 12}", "{1, 3, 5, 12}")
    assert changes(strict, least=0)[0] == "set most >= 12"


def test_different_limits_are_loosened_together() -> None:
    text = """arch 1
    space s { x[i in 1 .. 2]: 5 .. 9 }
    require low for i in 1 .. 2: x[i] <= 2 * i
    """
    assert changes(text)[:2] == ["loosen `low` by 3", "drop `low`"]


# ----------------------------------------------------------------------------------- command line


def test_command(command: Command, tmp_path: Path) -> None:
    pytest.importorskip("netCDF4")
    spec = tmp_path / "s.arch"
    spec.write_text("""arch 1
    space s { x: 1 .. 9 }
    require low: x * 1 KiB <= 4 KiB
    maximize x as most
    """)
    out = tmp_path / "curve.nc"
    told = command("tightness", spec, "low", "--json", "--out", out, "-q")
    assert told.code == 0
    assert told.json["constraint"] == "low"
    assert told.json["slack"] == {"low": {"value": 0, "unit": "B"}}
    assert told.json["curve"][3] == [{"value": 4096, "unit": "B"}, 4]
    import xarray

    with xarray.open_dataset(out) as data:
        assert data["most"].values.tolist() == list(range(1, 10))
    assert "<- the limit as it is" in command("tightness", spec, "low").out
    assert command("tightness", spec, "no").code == 2
    assert command("tightness", spec, "low", "--time-limit", "0", "-q").code in (0, 4)
