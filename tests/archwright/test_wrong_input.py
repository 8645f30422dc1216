"""Every mistake gets one clear diagnostic with its place, the right exit code, and no traceback."""

from __future__ import annotations

from pathlib import Path

import pytest

from .command import Command

TILE = """arch 1
param budget: 1 .. 100 = 30
space tile {
  rows: 1 .. 8
  columns: {4, 8, 16}
}
require registers: rows * columns <= budget
maximize rows * columns as work
"""

TABLE = """arch 1
table cost(k) -> (time: us) from "cost.csv"
space s { k: {3, 5, 7} }
minimize cost[k].time as time
"""


def write(folder: Path, text: str | bytes, name: str = "spec.arch") -> Path:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


@pytest.mark.parametrize(
    ("old", "new", "slug", "place"),
    [
        ("rows * columns <= budget", "rows * columns <= budget)", "unmatched-bracket", "7:"),
        ("rows * columns <= budget", "row * columns <= budget", "unknown-name", "7:20"),
        ("<= budget", "<= 4 KiB", "unit-mismatch", "7:"),
        ("= 30", "= 3000", "out-of-domain", "2:"),
        ("1 .. 8", "8 .. 1", "empty-domain", "4:"),
    ],
)
def test_mistakes_in_the_text(
    command: Command, tmp_path: Path, old: str, new: str, slug: str, place: str
) -> None:
    path = write(tmp_path, TILE.replace(old, new, 1))
    for name in ("check", "solve"):
        outcome = command(name, path)
        assert outcome.code == 1
        assert slug in outcome.err
        assert f"spec.arch:{place}" in outcome.err
        assert outcome.out == ""


def test_a_fix_is_guessed(command: Command, tmp_path: Path) -> None:
    path = write(tmp_path, TILE.replace("rows * columns <= ", "row * columns <= "))
    assert "`rows`" in command("check", path).err


@pytest.mark.parametrize(
    ("options", "slug"),
    [
        (("-p", "budget=1000"), "out-of-domain"),
        (("-p", "bugdet=10"), "unknown-parameter"),
        (("-p", "budget"), "name=value"),
        (("-p", "budget=10", "-p", "budget=20"), "twice"),
        (("-p", "budget=ten"), ""),
        (("--fix", "rows=9"), "out-of-domain"),
        (("--fix", "rowz=1"), "unknown-choice"),
        (("--without", "nothing"), "unknown-constraint"),
        (("--time-limit", "-1"), "time-limit"),
        (("--colour",), "--colour"),
    ],
)
def test_mistakes_in_the_call(
    command: Command, tmp_path: Path, options: tuple[str, ...], slug: str
) -> None:
    outcome = command("solve", write(tmp_path, TILE), *options)
    assert outcome.code == 2
    assert slug in outcome.err


def test_a_missing_file(command: Command, tmp_path: Path) -> None:
    outcome = command("solve", tmp_path / "nothing.arch")
    assert outcome.code == 2
    assert "file-not-found" in outcome.err


def test_an_unknown_command(command: Command) -> None:
    assert command("slove", "x.arch").code == 2


@pytest.mark.parametrize("content", [b"arch 1\n\x00\x01", b"\xff\xfe\x00a\x00r", bytes(range(256))])
def test_a_file_that_is_not_text(command: Command, tmp_path: Path, content: bytes) -> None:
    outcome = command("check", write(tmp_path, content))
    assert outcome.code == 1
    assert "not-text" in outcome.err


def test_an_infeasible_spec_says_why(command: Command, tmp_path: Path) -> None:
    path = write(tmp_path, TILE)
    outcome = command("solve", path, "-p", "budget=3")
    assert outcome.code == 3
    assert "registers" in outcome.out
    assert "spec.arch:7" in outcome.out
    outcome = command("explain", path, "-p", "budget=3")
    assert outcome.code == 0
    assert "registers" in outcome.out


@pytest.mark.parametrize(
    ("csv", "slug", "words"),
    [
        (None, "file-not-found", "cost.csv"),
        (b"k,time\n3,10\n5,20\n", "missing-row", "7"),
        (b"k,time\n3,10\n5,abc\n7,1\n", "bad-cell", "3"),
        (b"k,time\n3,10\n5,20\n5,30\n7,1\n", "duplicate-key", "5"),
        (b"kernel,time\n3,10\n", "missing-column", "kernel"),
        (b"k,time\n3,\xff\x00\n", "not-text", "cost.csv"),
        (b"", "missing-column", "cost.csv"),
    ],
)
def test_tables(command: Command, tmp_path: Path, csv: bytes | None, slug: str, words: str) -> None:
    path = write(tmp_path, TABLE)
    if csv is not None:
        write(tmp_path, csv, "cost.csv")
    outcome = command("solve", path)
    assert outcome.code == 1
    assert slug in outcome.err
    assert words in outcome.err


def test_a_table_of_ten_million_rows_is_refused_before_it_is_read(
    command: Command, tmp_path: Path
) -> None:
    path = write(tmp_path, TABLE)
    with (tmp_path / "cost.csv").open("w") as file:
        file.write("k,time\n")
        chunk = "3,1\n" * 100_000
        for _ in range(100):
            file.write(chunk)
    outcome = command("solve", path)
    assert outcome.code == 1
    assert "too-many-rows" in outcome.err or "duplicate-key" in outcome.err


def test_an_unreadable_table(command: Command, tmp_path: Path) -> None:
    path = write(tmp_path, TABLE)
    (tmp_path / "cost.csv").mkdir()
    outcome = command("solve", path)
    assert outcome.code == 1
    assert "cost.csv" in outcome.err


@pytest.mark.parametrize(
    ("name", "options", "slug", "code"),
    [
        *((name, (), "unknown-name", 1) for name in ("solve", "count", "all", "doc", "check")),
        ("domains", ("-p", "bugdet=10"), "unknown-parameter", 2),
        ("explain", ("--fix", "rows=9"), "out-of-domain", 2),
        *((name, (), "file-not-found", 2) for name in ("sample", "doc", "check", "fmt", "test")),
    ],
)
def test_mistakes_as_json(
    command: Command, tmp_path: Path, name: str, options: tuple[str, ...], slug: str, code: int
) -> None:
    wrong = {"unknown-name": TILE.replace("* columns <=", "* column <=")}.get(slug, TILE)
    path = tmp_path / "none.arch" if slug == "file-not-found" else write(tmp_path, wrong)
    outcome = command(name, path, *options, "--json")
    assert outcome.code == code
    assert [d["slug"] for d in outcome.json["diagnostics"]] == [slug]
    assert outcome.json.keys() == {"spec", "version", "seconds", "diagnostics"}
    assert (name == "check" and code == 1) or slug in outcome.err


def test_json_errors_keep_stdout_clean(command: Command, tmp_path: Path) -> None:
    path = write(tmp_path, TILE.replace("rows * columns <= ", "row * columns <= "))
    outcome = command("check", path, "--json")
    assert outcome.code == 1
    (diagnostic,) = outcome.json["diagnostics"]
    assert diagnostic["slug"] == "unknown-name"
    assert (diagnostic["line"], diagnostic["column"]) == (7, 20)
    assert diagnostic["fixes"]


@pytest.mark.parametrize(
    ("options", "slug"),
    [
        (("-p", "room=3 us"), "unit-mismatch"),
        (("-p", "room=3"), "unit-mismatch"),
        (("-p", "room=3 parsecs"), "bad-value"),
        (("--fix", "rows=3 B"), "unit-mismatch"),
        (("--fix", "rows=many"), "bad-value"),
        (("-p", "card=nothing"), "unknown-record"),
    ],
)
def test_options_of_the_wrong_kind(
    command: Command, tmp_path: Path, options: tuple[str, ...], slug: str
) -> None:
    text = """arch 1
        schema Card { memory: B }
        hardware card is Card { memory = 1 KiB }
        param room: 1 KiB .. 64 KiB = 8 KiB
        space s { rows: 1 .. 8 }
        require fits: rows * 1 KiB <= room and room <= 64 * card.memory
        """
    outcome = command("solve", write(tmp_path, text), *options)
    assert outcome.code == 2
    assert outcome.err.startswith(slug)


def test_a_line_without_an_answer_says_so(command: Command, tmp_path: Path) -> None:
    text = """arch 1
        space s { x[i in 1 .. 30]: 1 .. 40 }
        require apart: alldifferent(x[i] for i in 1 .. 30)
        require step for i in 2 .. 30: (x[i] * x[i - 1]) % 37 != 5
        expect count == 5
        """
    outcome = command("test", write(tmp_path, text), "--time-limit", "0")
    assert outcome.code == 1
    assert "expected count == 5; found no answer: stopped" in outcome.out


def test_check_finds_what_only_compiling_finds(command: Command, tmp_path: Path) -> None:
    text = """arch 1
space s { deep: bool  k[i in 1 .. 2]: {3, 5} when deep }
maximize sum(k[i] for i in 1 .. 2) as total
"""
    outcome = command("check", write(tmp_path, text))
    assert outcome.code == 1
    assert outcome.err.startswith("unguarded-read")
    open_input = "arch 1\nparam n: 1 .. 8\nspace s { a: 1 .. 8 }\nrequire r: a <= n\n"
    assert command("check", write(tmp_path, open_input)).code == 0


def test_a_test_run_counts_the_files_with_errors(command: Command, tmp_path: Path) -> None:
    write(tmp_path, TILE + "expect sat\n", "right.arch")
    outcome = command("test", tmp_path, write(tmp_path, TILE + "expect sta\n", "wrong.arch"))
    assert outcome.code == 1
    assert "1 passed, 0 failed, 1 file with errors" in outcome.out


@pytest.mark.parametrize(
    ("file", "words"),
    [("rows.csv", "netCDF"), ("nowhere/rows.nc", "no folder"), ("folder.nc", "a folder, expected")],
)
def test_a_file_that_cannot_be_written(
    command: Command, tmp_path: Path, file: str, words: str
) -> None:
    pytest.importorskip("netCDF4")
    (tmp_path / "folder.nc").mkdir()
    outcome = command("all", write(tmp_path, TILE), "--out", tmp_path / file)
    assert outcome.code == 2
    assert words in " ".join(outcome.err.split())


def test_a_front_needs_a_goal(command: Command, tmp_path: Path) -> None:
    outcome = command("pareto", write(tmp_path, TILE.partition("maximize")[0]))
    assert outcome.code == 2
    assert outcome.err.startswith("no-goal")


def test_what_cannot_be_run_is_not_solved_first(command: Command, tmp_path: Path) -> None:
    outcome = command("run", write(tmp_path, TILE))
    assert (outcome.code, outcome.out) == (2, "")
    assert outcome.err.startswith("no-network")
