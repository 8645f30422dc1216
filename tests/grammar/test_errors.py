"""Every wrong snippet beside the grammar gives the slug it names and the text that was reviewed."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from archwright.dsl.diagnostics import ArchError
from archwright.dsl.parse import parse
from archwright.dsl.reading import read
from archwright.dsl.syntax_slugs import SYNTAX_SLUGS

SNIPPETS = sorted((Path(__file__).parents[2] / "grammar" / "errors").glob("*.bad"))


@pytest.mark.parametrize("path", SNIPPETS, ids=lambda path: path.stem)
def test_snippet(path: Path, golden: Callable[[str, str], None]) -> None:
    slug = path.read_text(encoding="utf-8").partition("\n")[0].removeprefix("# ")
    with pytest.raises(ArchError) as caught:
        parse(read(path, path.name))
    assert caught.value.diagnostics[0].slug == slug
    assert {d.slug for d in caught.value.diagnostics} <= SYNTAX_SLUGS.keys()
    golden(f"{path.stem}.txt", str(caught.value))


def test_every_slug_of_a_text_has_a_snippet() -> None:
    named = {path.read_text(encoding="utf-8").partition("\n")[0][2:] for path in SNIPPETS}
    outside = {"file-not-found", "file-too-large", "file-unreadable", "not-a-quantity"}
    assert named == SYNTAX_SLUGS.keys() - outside


def test_every_slug_in_the_code_is_listed() -> None:
    dsl = Path(__file__).parents[2] / "dsl"
    files = [*dsl.glob("syntax_*.py"), *dsl.glob("build_*.py")]
    files += [dsl / name for name in ("depth.py", "reading.py", "units.py", "dimensions.py")]
    call = re.compile(r'(?:error|report|_fault|Diagnostic)\(\s*"([a-z-]+)"')
    written = {slug for file in files for slug in call.findall(file.read_text(encoding="utf-8"))}
    assert written - {"unit-mismatch"} == SYNTAX_SLUGS.keys()
