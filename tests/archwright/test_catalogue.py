"""`archwright doc` of what is no file."""

from __future__ import annotations

from pathlib import Path

import pytest

from archwright.dsl.load import standard_modules
from archwright.dsl.names import BUILTINS

from .command import Command


@pytest.mark.parametrize("name", BUILTINS)
def test_every_built_in_function(command: Command, name: str) -> None:
    found = command("doc", name)
    assert found.code == 0
    assert found.out.startswith(f"`{name}(")


def test_records_with_sources_and_remarks(command: Command) -> None:
    text = command("doc", "std.gpu").out
    h100 = text.partition("hardware h100 is compute_90\n")
    assert h100[0].rstrip().endswith("the maker's white paper on the architecture, dense rates.")
    fields = h100[2].partition("\n\n")[0]
    assert "  sms = 132\n" in fields
    assert "  l2 = 50 MiB   # unchecked\n" in fields
    assert "  blocks_per_sm = 32\n" in fields  # of its compute capability
    assert "int4" not in fields  # which no source states


@pytest.mark.parametrize("module", standard_modules())
def test_every_module(command: Command, module: str) -> None:
    found = command("doc", module)
    assert found.code == 0 and f"spec {module}" in found.out


def test_a_file_comes_first(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "sum").write_text("arch 1\nparam batch: 1 .. 4 = 2\nlet x = batch")
    monkeypatch.chdir(tmp_path)
    assert "batch: 1 .. 4 = 2" in command("doc", "sum").out


def test_neither_file_nor_name(command: Command) -> None:
    found = command("doc", "std.gqu")
    assert found.code == 2
    assert "did you mean `std.gpu`?" in found.err


def test_a_misspelt_function(command: Command) -> None:
    found = command("doc", "som")
    assert found.code == 2
    assert "did you mean `sum`?" in found.err
