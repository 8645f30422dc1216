"""Every mistake the checker knows: one wrong spec each, and the text that was reviewed."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from archwright.dsl.diagnostics import ArchError, Diagnostic
from archwright.dsl.load import load
from archwright.dsl.render_text import text
from archwright.dsl.slugs import CHECKED, SLUGS

FOLDER = Path(__file__).parent / "golden_check"
WRONG = sorted(FOLDER.glob("*.bad"))


def diagnostics(path: Path) -> tuple[Diagnostic, ...]:
    """All errors of a spec, or its warnings."""
    try:
        return load(path).warnings
    except ArchError as error:
        return error.diagnostics


def shown(found: tuple[Diagnostic, ...]) -> str:
    """All diagnostics as text, without the folder they lie in."""
    parts = [text([diagnostic]) for diagnostic in found]
    return "\n\n".join(parts).replace(f"{FOLDER}/", "")


@pytest.mark.parametrize("path", WRONG, ids=lambda path: path.stem)
def test_wrong_spec(path: Path, golden: Callable[[str, str], None]) -> None:
    found = diagnostics(path)
    assert found
    assert {d.slug for d in found} <= SLUGS.keys()
    assert all(d.span is not None for d in found)
    golden(f"check/{path.stem}.txt", shown(found))


def test_every_slug_has_a_wrong_spec() -> None:
    told = {d.slug for path in WRONG for d in diagnostics(path)}
    assert CHECKED.keys() <= told


def test_every_slug_of_the_checker_is_listed() -> None:
    """What the code says and what the table says are the same."""
    folder = Path(__file__).parents[2] / "dsl"
    call = re.compile(r'(?:report\.add|_error|Diagnostic)\(\s*"([a-z-]+)"')
    own = [path for path in folder.glob("*.py") if not path.name.startswith(("syntax", "build"))]
    written = {slug for path in own for slug in call.findall(path.read_text(encoding="utf-8"))}
    assert written <= SLUGS.keys()
