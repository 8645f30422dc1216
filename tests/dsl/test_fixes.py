"""What a fix proposes can be done by an editor, and a safe one removes what it was told for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from archwright.dsl.diagnostics import ArchError, Diagnostic, Edit, Fix, did_you_mean
from archwright.dsl.load import loads
from archwright.dsl.source import Source, Span
from archwright.dsl.syntax_slugs import SYNTAX_SLUGS

ROOT = Path(__file__).parents[2]
FOLDERS = (ROOT / "grammar" / "errors", Path(__file__).parent / "golden_check")
MORE = {
    "a&&b": "arch 1\nspace s { a: bool  b: bool }\nrequire r: a&&b\n",
    "hexadecimal": "arch 1\nlet x = 0b1_01\n",
    "quotes": "arch 1\nspace s { a: bool }\nrequire r: a because “{a} it is”\n",
    "unit as name": "arch 1\nspace s { a: 1 .. 3ms: 1 .. 2 }\n",
    "warned": "arch 1\nspace s { a: 1 .. 3 b: 1 .. 2 }\n",
    "exponent": "arch 1\nlet x = 12e6\n",
}


@dataclass(frozen=True)
class Case:
    name: str
    text: str
    folder: Path | None


CASES = [
    Case(path.stem, path.read_text(encoding="utf-8"), path.parent)
    for folder in FOLDERS
    for path in sorted(folder.glob("*.bad"))
    if b"\0" not in path.read_bytes()
] + [Case(name, text, None) for name, text in MORE.items()]


def told(text: str, folder: Path | None) -> tuple[Diagnostic, ...]:
    try:
        return loads(text, "spec", folder).warnings
    except ArchError as error:
        return error.diagnostics


def slugs(text: str, folder: Path | None) -> list[str]:
    return [diagnostic.slug for diagnostic in told(text, folder)]


def proposed(case: Case) -> Iterator[tuple[Diagnostic, Fix]]:
    for diagnostic in told(case.text, case.folder):
        for fix in diagnostic.fixes:
            yield diagnostic, fix


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_safe_fixes_remove_what_they_are_for(case: Case) -> None:
    before = slugs(case.text, case.folder)
    for diagnostic, fix in proposed(case):
        if fix.edit is None:
            assert not fix.safe, "a safe fix can be applied by an editor"
            continue
        assert fix.edit.span.source.name == "spec"
        changed = fix.edit.applied()
        assert changed != fix.edit.span.source.text
        if not fix.safe:
            continue
        after = slugs(changed, case.folder)
        assert after.count(diagnostic.slug) < before.count(diagnostic.slug)
        new = set(after) - set(before)  # what the checker says of a text that parses now
        assert not new & SYNTAX_SLUGS.keys()


def test_both_kinds_occur() -> None:
    found = [fix for case in CASES for _, fix in proposed(case) if fix.edit is not None]
    assert sum(fix.safe for fix in found) > 20
    assert sum(not fix.safe for fix in found) > 20


def test_how_fixes_are_shown() -> None:
    span = Span(Source("t", "let x = rwos"), 8, 12)
    (guess,) = did_you_mean("rows", span)
    assert guess.shown == "did you mean `rows`?" and not guess.safe
    assert guess.edit is not None and guess.edit.applied() == "let x = rows"
    assert did_you_mean(None) == ()
    assert Fix("use a larger step").shown == "perhaps: use a larger step"
    assert Fix("remove the `;`", True, Edit(span, "")).shown == "fix: remove the `;`"
