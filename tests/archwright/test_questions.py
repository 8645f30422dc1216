"""The questions, in Python and on the command line, on a spec small enough to see through."""

from __future__ import annotations

from pathlib import Path

import pytest

import archwright as aw

from .command import Command

TILE = """arch 1
param budget: 1 B .. 1 KiB = 30 B
enum Order { row_major, column_major }
space tile {
  rows: 1 .. 8
  columns: {4, 8, 16}
  padded: bool
  pad: {1, 2} when padded
  order: Order
}
let bytes = rows * (columns + (if padded then pad else 0)) * 1 B
require registers: bytes <= budget because "{bytes} of {budget}"
require aligned: order == column_major implies padded
optimize lex {
  maximize bytes as used
  minimize rows as rows_used
}
"""


def brute() -> list[tuple[int, int, int, int, int]]:
    found = []
    for rows in range(1, 9):
        for columns in (4, 8, 16):
            for padded in (0, 1):
                for pad in (1, 2) if padded else (0,):
                    for order in (0, 1):
                        if rows * (columns + pad) <= 30 and (not order or padded):
                            found.append((rows, columns, padded, pad, order))
    return found


@pytest.fixture(scope="module")
def p() -> aw.Bound:
    return aw.loads(TILE).bind()


def test_solve_is_proved_and_certified(p: aw.Bound) -> None:
    a = p.solve()
    best = max(r * (c + d) for r, c, _, d, _ in brute())
    assert a.status is aw.Status.OPTIMAL
    assert str(a.goals["used"]) == f"{best} B"
    assert a.goals["rows_used"] == min(r for r, c, _, d, _ in brute() if r * (c + d) == best)
    assert a.architecture is not None and a.architecture.choices == a.choices


def test_inactive_choices_are_absent(p: aw.Bound) -> None:
    a = p.solve({"padded": False})
    assert "pad" not in a.choices
    assert a.choices["padded"] is False


def test_count_and_all_agree_with_brute_force(p: aw.Bound) -> None:
    every = p.all()
    assert p.count() == len(every) == len(brute()) == len(list(every))
    seen = {(s["rows"], s["columns"], int(s["padded"]), s.get("pad", 0), s["order"]) for s in every}
    names = ("row_major", "column_major")
    assert seen == {(r, c, a, d, names[o]) for r, c, a, d, o in brute()}
    assert every.to_numpy().shape == (len(brute()), 5)


def test_domains(p: aw.Bound) -> None:
    possible = p.domains({"columns": 16})
    assert possible["rows"] == [1]
    assert possible["columns"] == [16]
    assert p.domains({"padded": False})["pad"] == []


def test_parameters_take_units() -> None:
    assert aw.loads(TILE).bind(budget="0.5 KiB").count() == 8 * 3 * (1 + 2 * 2)


def test_explain(p: aw.Bound) -> None:
    assert p.explain() is None
    conflict = p.explain({"rows": 8, "columns": 16})
    assert conflict is not None
    assert conflict.constraints == ("registers",)
    assert "12:" in str(conflict.ranges[0])
    conflict = p.explain({"padded": False, "order": "column_major"})
    assert conflict is not None and conflict.constraints == ("aligned",)


def test_sample_is_feasible_and_seeded(p: aw.Bound) -> None:
    drawn = p.sample(20, seed=1)
    every = list(p.all())
    assert all(s in every for s in drawn)
    assert drawn == p.sample(20, seed=1)


def test_errors_carry_diagnostics() -> None:
    with pytest.raises(aw.ArchError) as raised:
        aw.loads(TILE.replace("bytes <=", "byte <="))
    assert raised.value.diagnostics[0].slug == "unknown-name"


def test_command_line(command: Command, tmp_path: Path) -> None:
    path = tmp_path / "tile.arch"
    path.write_text(TILE)
    outcome = command("solve", path, "--json", "-p", "budget=40 B", "--fix", "padded=false")
    assert outcome.code == 0
    assert outcome.json["status"] == "optimal"
    assert outcome.json["goals"]["used"] == {"value": 40, "unit": "B"}
    assert command("count", path).out.strip() == str(len(brute()))
    outcome = command("all", path, "--json")
    assert len(outcome.json["rows"]) == outcome.json["count"] == len(brute())
    assert command("domains", path, "--fix", "columns=16").out.startswith("rows: 1\n")
    outcome = command("explain", path, "--fix", "rows=8", "--fix", "columns=16", "--json")
    assert outcome.json["conflict"][0]["name"] == "registers"
    assert command("solve", path, "--fix", "rows=8", "--fix", "columns=16").code == 3
    outcome = command("sample", path, "-n", "3", "--json")
    assert len(outcome.json["rows"]) == 3
    assert "space" not in command("doc", path).err


def test_expect_lines(command: Command, tmp_path: Path) -> None:
    path = tmp_path / "tile.arch"
    path.write_text(TILE + f"expect count == {len(brute())}\nexpect count == 1\n")
    outcome = command("test", path)
    assert outcome.code == 1
    assert "1 passed, 1 failed" in outcome.out
    assert f"found count == {len(brute())}" in outcome.out
