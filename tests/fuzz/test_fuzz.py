"""A short run of the fuzz driver, the same each time."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from .attempt import attempt
from .corpus import draw, seeds
from .generate import item


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("fuzz")


def test_whatever_is_written_there_is_an_answer_or_a_diagnostic(folder: Path) -> None:
    known = [seed for seed in seeds(folder) if len(seed.text) < 2000]
    chance = random.Random(1)
    outcomes = set()
    for _ in range(60):
        place, data = draw(known, chance)
        file = place / "fuzzed.arch"
        file.write_bytes(data)
        outcomes.add(attempt(file))
    assert len(outcomes) > 15


def test_what_the_grammar_writes_the_parser_reads(folder: Path) -> None:
    chance = random.Random(2)
    outcomes = []
    for number in range(60):
        file = folder / f"{number}.arch"
        file.write_text(f"arch 1\nspace s {{ x: 1 .. 3 }}\n{item(['x', 'y', 'z'], chance)}\n")
        outcomes.append(attempt(file))
    assert outcomes.count("unexpected-token") < 15
