"""Every `expect` line in the repository, by the solver and, where small, by brute force."""

from __future__ import annotations

from pathlib import Path

import pytest

import archwright as aw
from archwright.dsl.load import load
from archwright.interpreter import expect
from archwright.interpreter.brute import BruteForce

ROOT = Path(__file__).parent.parent
SPECS = sorted(
    p for folder in ("gallery", "kernels", "tests/specs") for p in (ROOT / folder).rglob("*.arch")
)
SMALL = ["mixed_precision", "pipeline"]


@pytest.mark.parametrize("path", SPECS, ids=lambda p: p.stem)
def test_by_the_solver(path: Path) -> None:
    report = aw.load(path).test()
    assert not report.failed, repr(report)


@pytest.mark.parametrize("name", SMALL)
def test_by_brute_force(name: str) -> None:
    spec = load(ROOT / "tests" / "specs" / f"{name}.arch")
    results = expect.run(spec, lambda bound: BruteForce(bound, limit=20_000))
    assert results
    for result in results:
        assert result.ok or result.skipped, f"expected {result.expected}; found {result.found}"
    assert sum(r.ok for r in results) >= len(results) // 2
