"""`archwright test PATH…`: which files it takes, what it counts, how it ends."""

from __future__ import annotations

from pathlib import Path

import pytest

from .command import Command

HOLDS = "arch 1\nspace s { x: 1 .. 4 }\nexpect count == 4\nexpect sat\n"
FAILS = "arch 1\nspace s { x: 1 .. 4 }\nexpect count == 5\n"
WRONG = "arch 1\nspace { }\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in {
        "a.arch": HOLDS,
        "deep/er/b.arch": HOLDS,
        ".hidden/c.arch": FAILS,
        "lib/site-packages/d.arch": FAILS,
        "notes.txt": "",
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def test_folders_and_files_each_once(command: Command, folder: Path) -> None:
    found = command("test", str(folder), str(folder / "a.arch"))
    assert found.code == 0
    assert found.out.splitlines()[-1].startswith("4 passed, 0 failed in ")
    assert command("test", str(folder / ".hidden" / "c.arch")).code == 1


def test_failures_and_wrong_specs(command: Command, folder: Path) -> None:
    (folder / "f.arch").write_text(FAILS)
    (folder / "w.arch").write_text(WRONG)
    found = command("test", str(folder))
    assert found.code == 1
    assert found.out.splitlines()[-1].startswith("4 passed, 1 failed, 1 file with errors in ")
    assert "f.arch:3: expected count == 5; found count == 4" in found.out
    assert "missing-name" in found.err
    told = command("test", str(folder), "--json")
    assert told.code == 1 and told.err == ""
    assert told.json["passed"] == 4 and len(told.json["failed"]) == 1
    assert [d["slug"] for d in told.json["diagnostics"]] == ["missing-name"]


def test_nothing_to_test_is_wrong_usage(command: Command, folder: Path) -> None:
    (folder / "empty").mkdir()
    assert command("test", str(folder / "empty")).code == 2
    gone = command("test", str(folder), str(folder / "gone"))
    assert gone.code == 2 and "gone" in gone.err
