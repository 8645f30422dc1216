"""Colours agree with the grammar: every piece of every spec is what the syntax tree says it is."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archwright.dsl import nodes
from archwright.dsl.highlight import Kind, Piece, _by_words, highlight, parsed
from archwright.dsl.parse import parse
from archwright.dsl.source import Source
from archwright.dsl.walk import walk
from archwright.grammar import RESERVED

ROOT = Path(__file__).parent.parent.parent
SPECS = sorted(
    path
    for folder in ("gallery", "kernels", "dsl/std", "tests/specs")
    for path in (ROOT / folder).rglob("*.arch")
)
LITERALS = {nodes.Number: Kind.NUMBER, nodes.Quantity: Kind.QUANTITY, nodes.Text: Kind.STRING}


def kinds(text: str) -> list[tuple[str, str]]:
    return [(text[p.start : p.end], p.kind.value) for p in highlight(text)]


@pytest.mark.parametrize("path", SPECS, ids=lambda p: f"{p.parent.name}/{p.stem}")
def test_pieces_are_what_the_tree_says(path: Path) -> None:
    source = Source(path.name, path.read_text(encoding="utf-8"))
    text, pieces = source.text, parsed(source.text)
    assert pieces is not None
    found = {(p.start, p.end): p.kind for p in pieces}
    for node in walk(parse(source)):
        place = node.span.start, node.span.end
        for kind, wanted in LITERALS.items():
            if isinstance(node, kind):
                assert found[place] is wanted, node.span.text
        if isinstance(node, nodes.Name | nodes.Ident):
            assert found[place] is Kind.NAME, node.span.text
    for start, end in zip([0, *(p.end for p in pieces)], [*(p.start for p in pieces), len(text)],
                          strict=True):  # fmt: skip
        assert not text[start:end].strip(), "nothing but blanks between pieces"
    for piece in pieces:
        word = text[piece.start : piece.end]
        assert (piece.kind is Kind.COMMENT) == word.startswith("#")
        assert piece.kind is not Kind.NAME or word not in RESERVED
    spans = [piece[:2] for piece in pieces]
    assert [piece[:2] for piece in _by_words(text)] == spans, "words alone cut the same"


def test_keywords_that_are_names() -> None:
    text = "arch 1 space step { count: 1 .. 3 step 2  value: {1} } expect value count == value"
    assert [w for w, kind in kinds(text) if kind == "keyword"] == [
        "arch", "space", "step", "expect", "value",
    ]  # fmt: skip
    assert [w for w, kind in kinds(text) if kind == "name"] == [
        "step", "count", "value", "count", "value",
    ]  # fmt: skip


def test_items_alone_expressions_and_mistakes() -> None:
    assert kinds("let x = 3 KiB # small") == [
        ("let", "keyword"), ("x", "name"), ("=", "symbol"), ("3 KiB", "quantity"),
        ("# small", "comment"),
    ]  # fmt: skip
    assert kinds("a + count")[2] == ("count", "name")
    assert kinds('let let = "x" $') == [
        ("let", "keyword"), ("let", "name"), ("=", "symbol"), ('"x"', "string"), ("$", "error"),
    ]  # fmt: skip
    assert kinds("") == []


@given(st.text(alphabet='let ab=1.5KiB"#{}()\n$é\0', max_size=40))
def test_any_text_is_cut_into_pieces(text: str) -> None:
    at = 0
    for piece in highlight(text):
        assert isinstance(piece, Piece) and at <= piece.start < piece.end <= len(text)
        assert not text[at : piece.start].strip()
        at = piece.end
    assert not text[at:].strip()
