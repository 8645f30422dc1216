"""`docs/json.md`: each command of the page prints what the page shows."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path
from typing import Any

import pytest

from .command import Command

PAGE = Path(__file__).parents[2] / "docs" / "json.md"
TEXT = PAGE.read_text(encoding="utf-8")

SPEC = re.compile(r"^```arch [^\n]*\bas (\S+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
EXAMPLE = re.compile(
    r"^```console\n\$ archwright ([^\n]*)\n```\n```json\n(.*?)^```$", re.MULTILINE | re.DOTALL
)
EXAMPLES = EXAMPLE.findall(TEXT)
COMMANDS = {
    "solve", "count", "all", "sample", "domains", "explain", "pareto", "test", "check", "fmt",
    "doc", "tightness", "measure",
}  # fmt: skip


def lasting(answer: dict[str, Any]) -> dict[str, Any]:
    """An answer without what may differ from run to run and from release to release."""
    result = {k: v for k, v in answer.items() if k not in ("seconds", "version")}
    if "proof" in result:  # its keys are promised, its texts are for people
        result["proof"] = sorted(result["proof"])
    for name in ("in_sample", "held_out"):  # as measured: their keys are promised
        if result.get(name) is not None:
            result[name] = sorted(result[name])
    return result


def test_every_command_is_shown() -> None:
    assert {command.split()[0] for command, _ in EXAMPLES} == COMMANDS


@pytest.mark.parametrize(("line", "shown"), EXAMPLES, ids=[line for line, _ in EXAMPLES])
def test_example(
    line: str, shown: str, command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if line.startswith("measure "):
        pytest.importorskip("torch")
        pytest.importorskip("netCDF4")
    for name, text in SPEC.findall(TEXT):
        (tmp_path / name).write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    answer, expected = command(*shlex.split(line)).json, json.loads(shown)
    assert set(answer) == set(expected)
    assert lasting(answer) == lasting(expected)
