"""However a spec is written: the layout says the same, keeps the comments, and is at rest."""

from __future__ import annotations

import re
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import archwright as aw
from archwright.dsl.diagnostics import ArchError
from archwright.dsl.format.sameness import same
from archwright.dsl.parse import parse
from archwright.dsl.source import Source

from ..interpreter.random_specs import specs
from ..interpreter.spec_parts import RandomSpec
from .shaken import lexed, shaken

ROOT = Path(__file__).parents[2]
FOLDERS = [ROOT / "tests/specs", ROOT / "gallery", ROOT / "dsl/std"]
FILES = sorted(file for folder in FOLDERS for file in folder.rglob("*.arch"))
BLOCK = re.compile(r"^```arch[^\n]*\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def correct(text: str) -> bool:
    """Whether a text has no syntax errors."""
    try:
        parse(Source("<text>", text))
    except ArchError:
        return False
    return True


EXAMPLES = [
    text
    for text in BLOCK.findall((ROOT / "docs/language.md").read_text(encoding="utf-8"))
    if correct(text)
]


def check(text: str) -> str:
    """Format a text, and test everything that holds of the result."""
    result = aw.format(text)
    assert lexed(result) == lexed(text)
    assert same(parse(Source("<text>", result)), parse(Source("<text>", text)))
    assert aw.format(result) == result
    lines = result.split("\n")
    assert lines.pop() == "" and lines[-1] != ""
    assert all(line == line.rstrip() and "\t" not in line.partition("#")[0] for line in lines)
    assert "\n\n\n" not in result
    return result


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(ROOT)))
def test_specs_of_this_project(file: Path) -> None:
    check(file.read_text(encoding="utf-8"))


@pytest.mark.parametrize("text", EXAMPLES, ids=range(len(EXAMPLES)))
def test_examples_of_the_reference(text: str) -> None:
    check(text)


SPECS = st.sampled_from([*FILES, *EXAMPLES])
CHANCES = st.integers(0, 2**32).map(Random)
REMARKS = st.sampled_from((0, 0.02, 0.1, 0.4))  # the share of gaps with comments


@settings(max_examples=20, deadline=None)
@given(specs(), CHANCES, REMARKS)
def test_random_specs(spec: RandomSpec, chance: Random, remarks: float) -> None:
    check(shaken(check(spec.text), chance, remarks))


def check_shaken(spec: Path | str, chance: Random, remarks: float) -> None:
    text = spec if isinstance(spec, str) else spec.read_text(encoding="utf-8")
    check(shaken(text, chance, remarks))


@settings(max_examples=20, deadline=None)
@given(SPECS, CHANCES, REMARKS)
def test_any_spacing_and_comments(spec: Path | str, chance: Random, remarks: float) -> None:
    check_shaken(spec, chance, remarks)


@pytest.mark.slow
@settings(max_examples=2000, deadline=None)
@given(SPECS, CHANCES, REMARKS)
def test_any_spacing_at_length(spec: Path | str, chance: Random, remarks: float) -> None:
    check_shaken(spec, chance, remarks)
