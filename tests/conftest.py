"""Golden files: expected texts beside the tests, rewritten by `pytest --update-golden`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-golden", action="store_true", help="rewrite the golden files from what came out"
    )


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[str, str], None]:
    """Compare a text with the file of that name in the folder `golden` beside the test."""
    folder = Path(request.path).parent / "golden"
    update = request.config.getoption("--update-golden")

    def check(name: str, text: str) -> None:
        file = folder / name
        if update:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text.rstrip("\n") + "\n", encoding="utf-8")
        assert file.exists(), f"{file} is missing; write it with --update-golden and read it"
        assert text.rstrip("\n") + "\n" == file.read_text(encoding="utf-8")

    return check
