"""The `expect` lines of small specs by brute force; the pytest plugin runs all by the solver."""

from __future__ import annotations

from pathlib import Path

import pytest

from archwright.dsl.load import load
from archwright.interpreter import expect
from archwright.interpreter.brute import BruteForce

ROOT = Path(__file__).parent.parent
SMALL = ["mixed_precision", "pipeline"]


@pytest.mark.parametrize("name", SMALL)
def test_by_brute_force(name: str) -> None:
    spec = load(ROOT / "tests" / "specs" / f"{name}.arch")
    results = expect.run(spec, lambda bound: BruteForce(bound, limit=20_000))
    assert results
    for result in results:
        assert result.ok or result.skipped, f"expected {result.expected}; found {result.found}"
    assert sum(r.ok for r in results) >= len(results) // 2
