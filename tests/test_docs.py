"""The pages of the documentation: every `.arch` block is what the page says of it.

A fence says what its block is: `arch` is a whole spec, whose `expect` lines hold; in `arch
failing` one of them does not; `arch fragment` is checked for syntax alone; `arch wrong SLUG` has
the mistake of that slug. With `as NAME` behind that, also in `csv as NAME`, the block is a file
that other blocks of the page may read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

import archwright as aw
from archwright.dsl.diagnostics import ArchError
from archwright.dsl.parse import parse
from archwright.dsl.slugs import SLUGS
from archwright.dsl.source import Source

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]

FENCE = re.compile(r"^```(arch|csv)\b([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Block:
    """A fenced block of a page."""

    page: Path
    line: int
    language: str
    marks: tuple[str, ...]
    name: str
    text: str

    @property
    def place(self) -> str:
        return f"{self.page.name}:{self.line}"


def blocks(page: Path) -> Iterator[Block]:
    text = page.read_text(encoding="utf-8")
    for match in FENCE.finditer(text):
        line = text.count("\n", 0, match.start()) + 1
        marks, _, name = match.group(2).partition(" as ")
        yield Block(page, line, match.group(1), tuple(marks.split()), name.strip(), match.group(3))


BLOCKS = [block for page in PAGES for block in blocks(page)]
SPECS = [block for block in BLOCKS if block.language == "arch"]


def files_of(page: Path, folder: Path) -> None:
    """Write the files that a page shows."""
    for block in BLOCKS:
        if block.page == page and block.name:
            (folder / block.name).write_text(block.text, encoding="utf-8")


def found_slugs(text: str, name: str, folder: Path) -> set[str]:
    """What is said of a spec when it is checked, or else when it is compiled."""
    try:
        spec = aw.loads(text, name=name, folder=folder)
        warned = {warning.slug for warning in spec.warnings}
        if not warned:
            _ = spec.bind().model.lowered
    except ArchError as error:
        return {diagnostic.slug for diagnostic in error.diagnostics}
    return warned


@pytest.mark.parametrize("block", SPECS, ids=lambda block: block.place)
def test_block(block: Block, tmp_path: Path) -> None:
    files_of(block.page, tmp_path)
    match block.marks:
        case () | ("failing",):
            assert block.text.startswith("arch 1"), "a whole spec, or marked as a fragment"
            spec = aw.loads(block.text, name=block.place, folder=tmp_path)
            assert not spec.warnings
            if re.search(r"^expect ", block.text, re.MULTILINE):  # else no machine is probed
                report = spec.test(progress=False)
                assert bool(report.failed) == bool(block.marks), repr(report)
        case ("fragment",):
            parse(Source(block.place, "arch 1\n" + block.text))
        case ("wrong", slug):
            assert found_slugs(block.text, block.place, tmp_path) == {slug}
        case _:
            pytest.fail(f"unknown marks: {block.marks}")


def test_every_slug_is_listed() -> None:
    page = (ROOT / "docs" / "language.md").read_text(encoding="utf-8")
    table = page.partition("<!-- slugs: begin -->")[2].partition("<!-- slugs: end -->")[0]
    rows = re.findall(r"^\| `([a-z0-9-]+)` \| (.*) \|$", table, re.MULTILINE)
    assert len(rows) == len(dict(rows))
    assert dict(rows) == {slug: text.replace("|", "\\|") for slug, text in SLUGS.items()}


def test_the_shown_error_is_what_is_printed() -> None:
    page = (ROOT / "docs" / "language.md").read_text(encoding="utf-8")
    section = page.partition("\n## Errors\n")[2]
    spec = next(b.text for b in SPECS if b.marks[:1] == ("wrong",) and b.text in section)
    shown = section.partition("```text\n")[2].partition("```")[0]
    with pytest.raises(ArchError) as raised:
        aw.loads(spec, name="tile.arch")
    assert str(raised.value).strip() == shown.strip()


def test_slugs_of_the_pages_exist() -> None:
    page = (ROOT / "docs" / "language.md").read_text(encoding="utf-8")
    named = set(re.findall(r"\(`([a-z]+(?:-[a-z]+)+)`", page))
    assert named <= set(SLUGS)
