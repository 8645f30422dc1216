"""Hints by the names of choices."""

from __future__ import annotations

from pathlib import Path

import pytest

import archwright as aw

from .command import Command

TEXT = """arch 1
enum Kind { a, b, c }
space s { x[i in 1 .. 3]: 1 .. 60  kind: Kind  size: {2 KiB, 6 KiB} when kind == b }
require apart: x[1] * x[2] + x[2] * x[3] + x[1] * x[3] == 1199
maximize x[1] + (if kind == b then 1 else 0) as best
"""


def test_hints_are_read_like_choices_and_change_no_answer() -> None:
    p = aw.loads(TEXT).bind()
    plain = p.solve()
    for hints in (
        {"x": 9},
        {"x[1]": {20: 0.3, 30: 0.6}, "kind": "b", "size": {"6 KiB": 1}},
        dict(plain.choices),
    ):
        hinted = p.solve(hints=hints)
        assert (hinted.status, hinted.goals, hinted.choices) == (
            plain.status,
            plain.goals,
            plain.choices,
        )
        assert hinted.proof.nodes >= 0


@pytest.mark.parametrize(
    ("hints", "slug"),
    [({"y": 1}, "unknown-choice"), ({"x": 61}, "out-of-domain"), ({"kind": {"d": 1}}, "out-of")],
)
def test_wrong_hints(hints: dict[str, object], slug: str) -> None:
    with pytest.raises(aw.ArchError, match=slug):
        aw.loads(TEXT).bind().solve(hints=hints)


def test_a_hint_without_a_value() -> None:
    with pytest.raises(ValueError, match="no value"):
        aw.loads(TEXT).bind().solve(hints={"x[1]": {}})


def test_command(command: Command, tmp_path: Path) -> None:
    spec = tmp_path / "s.arch"
    spec.write_text(TEXT)
    plain = command("solve", spec, "--json", "-q").json
    hinted = command("solve", spec, "--hint", "x[1]=20", "--hint", "kind=b", "--json", "-q").json
    assert hinted["choices"] == plain["choices"]
    assert isinstance(hinted["proof"]["nodes"], int)
    assert command("solve", spec, "--hint", "kind=d", "-q").code == 2


def test_workers(command: Command, tmp_path: Path) -> None:
    spec = tmp_path / "s.arch"
    spec.write_text(TEXT)
    p = aw.load(spec).bind()
    assert p.solve(workers=2).choices == p.solve().choices
    told = command("solve", spec, "--workers", 2, "--json", "-q")
    assert told.code == 0 and told.json["status"] == "optimal"
    assert command("solve", spec, "--workers", 0, "-q").code == 2


def test_any_solution(command: Command, tmp_path: Path) -> None:
    spec = tmp_path / "s.arch"
    spec.write_text("arch 1\nspace s {\n  a: 1 .. 4\n  b: 1 .. 4\n}\nrequire sum: a + b == 6\n")
    a = aw.load(spec).bind().solve(any_solution=True).choices
    assert a["a"] + a["b"] == 6
    told = command("solve", spec, "--any", "--json", "-q").json
    assert told["status"] == "feasible" and told["choices"] == dict(a)
