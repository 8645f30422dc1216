"""`archwright fmt`: files, folders, links and stdin."""

from __future__ import annotations

import io
import os
import sys
from pathlib import Path

import pytest

import archwright as aw
from archwright.formatting import rewrite

from .command import Command

LOOSE = "arch 1\nspace s{x:1..3}"
TIGHT = "arch 1\nspace s { x: 1 .. 3 }\n"
WRONG = "arch 1\nspace s { x: 1 .. "


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Three specs, one of them laid out, one with a mistake."""
    (tmp_path / "below").mkdir()
    (tmp_path / "below/loose.arch").write_text(LOOSE)
    (tmp_path / "tight.arch").write_text(TIGHT)
    (tmp_path / "wrong.arch").write_text(WRONG)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_folder(command: Command, folder: Path) -> None:
    found = command("fmt", ".")
    assert found.code == 1 and "unclosed-bracket" in found.err
    assert found.out.splitlines() == [
        "below/loose.arch: formatted",
        "1 file formatted, 1 unchanged",
    ]
    assert (folder / "below/loose.arch").read_text() == TIGHT
    assert (folder / "wrong.arch").read_text() == WRONG
    (folder / "wrong.arch").unlink()
    found = command("fmt", "--check", ".")
    assert (found.code, found.out) == (0, "0 files would be formatted, 2 unchanged\n")


def test_check_and_diff_write_nothing(command: Command, folder: Path) -> None:
    found = command("fmt", "--check", "below", "tight.arch")
    assert found.code == 1 and "below/loose.arch: would be formatted" in found.out
    found = command("fmt", "--diff", "below")
    assert found.code == 1
    assert "-space s{x:1..3}\n+space s { x: 1 .. 3 }\n" in found.out
    assert (folder / "below/loose.arch").read_text() == LOOSE


def test_json(command: Command, folder: Path) -> None:
    found = command("fmt", "--check", "--json", "below", "wrong.arch", "tight.arch")
    assert found.code == 1 and found.err == ""
    assert found.json["changed"] == ["below/loose.arch"]
    assert found.json["unchanged"] == 1
    assert [d["slug"] for d in found.json["diagnostics"]] == ["unclosed-bracket"]


def test_line_ends_and_mode(command: Command, folder: Path) -> None:
    file = folder / "tight.arch"
    file.write_bytes(b"\xef\xbb\xbf" + TIGHT.replace("\n", "\r\n").encode())
    file.chmod(0o640)
    assert command("fmt", "--check", file).code == 1
    assert command("fmt", file).code == 0
    assert file.read_bytes() == TIGHT.encode()
    assert file.stat().st_mode & 0o777 == 0o640
    assert not [p for p in folder.iterdir() if p.name.startswith(".")]


def test_links_and_hidden_folders(command: Command, tmp_path: Path) -> None:
    outside, inside = tmp_path / "outside.arch", tmp_path / "inside"
    (inside / ".venv").mkdir(parents=True)
    for file in (outside, inside / ".venv/a.arch"):
        file.write_text(LOOSE)
    link = inside / "link.arch"
    link.symlink_to(outside)
    assert command("fmt", inside).code == 2  # nothing of its own is below
    assert outside.read_text() == LOOSE
    assert command("fmt", link).code == 0
    assert link.is_symlink() and outside.read_text() == TIGHT
    assert (inside / ".venv/a.arch").read_text() == LOOSE


def test_wrong_usage(command: Command, folder: Path) -> None:
    found = command("fmt", "below", "nowhere")
    assert found.code == 2 and "file-not-found" in found.err
    assert (folder / "below/loose.arch").read_text() == LOOSE
    assert command("fmt", "-", "below").code == 2


@pytest.mark.parametrize(
    ("options", "code", "out"), [((), 0, TIGHT), (("--check",), 1, ""), (("--diff",), 1, None)]
)
def test_stdin(
    options: tuple[str, ...],
    code: int,
    out: str | None,
    command: Command,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(LOOSE.encode())))
    found = command("fmt", *options, "-")
    assert found.code == code
    assert found.out == out if out is not None else "+space s { x: 1 .. 3 }" in found.out


def test_what_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(aw.ArchError) as caught:
        rewrite(tmp_path / "nowhere/a.arch", TIGHT)
    assert caught.value.diagnostics[0].slug == "file-unwritable"
    file = tmp_path / "a.arch"
    file.write_text(LOOSE)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(aw.ArchError, match="No space left"):
        rewrite(file, TIGHT)
    assert [p.name for p in tmp_path.iterdir()] == ["a.arch"] and file.read_text() == LOOSE
