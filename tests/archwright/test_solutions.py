"""All solutions as a sequence: looked up by number, in slices, in parts, as arrays."""

from __future__ import annotations

from pathlib import Path

import pytest

import archwright as aw
from archwright.solvers.certify import WrongAnswer

from .command import Command

HUGE = """arch 1
space s { x[i in 1 .. 24]: 1 .. 40  on: bool  size: {2 KiB, 6 KiB} when on }
require budget: sum(x[i] for i in 1 .. 24) <= 480
"""
SMALL = """arch 1
space s { a: 1 .. 6  b: 1 .. 6  c: bool }
require less: a * b <= 20
require odd: c implies (a + b) % 2 == 1
"""


def test_a_huge_space_is_looked_up_not_listed() -> None:
    p = aw.loads(HUGE).bind()
    every = p.all()
    total = p.count()
    assert every.total == every.count() == total > 10**30
    first, last = every[0], every[-1]
    assert first == {**{f"x[{i}]": 1 for i in range(1, 25)}, "on": False}
    assert [str(v) for v in list(last.values())[-2:]] == ["True", "6 KiB"]
    assert every[total - 1] == last and every[total - 1 : total] == [last]
    middle = every[total // 2 : total // 2 + 3]
    assert middle == [every[total // 2 + i] for i in range(3)]
    assert every[total // 2 + 2 : total // 2 - 1 : -1] == middle[::-1]
    assert next(iter(every)) == first
    assert every[:: total // 3][0] == first
    with pytest.raises(IndexError):
        every[total]


def test_a_sequence_is_that_of_the_list() -> None:
    every = aw.loads(SMALL).bind().all()
    listed = list(every)
    rows = every.to_numpy().tolist()
    assert len(every) == len(listed) == len(rows)
    assert [[r["a"], r["b"], int(r["c"])] for r in listed] == rows == sorted(rows)
    for part in (slice(3, 9), slice(-5, None), slice(None, None, 7), slice(9, 2, -3), slice(4, 4)):
        assert every[part] == listed[part]
    assert every[-1] == listed[-1] and every.count(listed[0]) == 1
    assert every.part(5, 8).to_numpy().tolist() == rows[5:8]
    assert list(every.part(len(listed) - 1, 10**20)) == listed[-1:]
    assert not list(every.part(10**20, 10**21))


def test_nothing_and_one() -> None:
    p = aw.loads(SMALL).bind()
    none = p.all({"a": 6, "b": 6})
    assert len(none) == 0 and none[:3] == [] and not list(none)
    assert none.to_numpy().shape == (0, 3)
    assert len(aw.loads("arch 1").bind().all()) == 1
    assert aw.loads("arch 1").bind().all()[0] == {}


def test_the_command_lists_a_part(command: Command, tmp_path: Path) -> None:
    spec = tmp_path / "s.arch"
    spec.write_text(SMALL)
    every = command("all", spec, "--json", "-q").json
    part = command("all", spec, "-n", 3, "--offset", 5, "--json", "-q").json
    assert part["count"] == every["count"] and part["offset"] == 5
    assert part["rows"] == every["rows"][5:8]
    assert command("all", spec, "-n", 2).out.splitlines() == ["1 1 false", "1 2 false"]
    spec.write_text(HUGE)
    huge = command("all", spec, "-n", 1, "--offset", 10**30, "--json", "-q").json
    assert huge["count"] > 10**30 and len(huge["rows"]) == 1


def test_all_of_them_are_verified(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = tmp_path / "s.arch"
    spec.write_text(SMALL)
    every = aw.load(spec).bind().all()
    assert every.verify() == len(every) and every.part(3, 7).verify() == 4
    assert aw.load(spec).bind().all({"a": 6}, without="less").verify() == 9
    assert aw.loads(HUGE).bind().all().part(10**20, 10**20 + 5).verify() == 5
    outcome = command("all", spec, "--verify", "-n", 4, "--json", "-q")
    assert outcome.json["verified"] is True and outcome.err == "4 solutions verified\n"
    rows = every.to_numpy().copy()
    rows[-1] = [6, 6, 0]
    every.__dict__["_rows"] = rows
    with pytest.raises(WrongAnswer, match="less"):
        every.verify()
    with pytest.raises(aw.Stopped, match="verified") as stopped:
        broken = aw.load(spec).bind().all(time_limit=0)
        broken.__dict__["_rows"] = rows
        broken.verify()
    assert stopped.value.partial == 0
