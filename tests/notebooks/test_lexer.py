"""The Pygments lexer says what `highlight` says, keeps every character, is found by its name."""

from __future__ import annotations

from importlib.metadata import entry_points

import pytest

pytest.importorskip("pygments")
from pygments import highlight as coloured
from pygments.formatters import HtmlFormatter

from archwright.dsl.highlight import highlight
from archwright.notebooks.lexer import TOKENS, ArchLexer

TEXT = """arch 1
# A tile.
space tile { count: 1 .. 8 }
require fits: count * 3 KiB <= 12 KiB because "{count} are too many"
"""


@pytest.mark.parametrize("text", [TEXT, TEXT + "require $", "count ==\n\n  2"])
def test_tokens(text: str) -> None:
    tokens = list(ArchLexer().get_tokens_unprocessed(text))
    assert "".join(value for _, _, value in tokens) == text
    places = {at: (kind, value) for at, kind, value in tokens}
    for piece in highlight(text):
        kind, value = places[piece.start]
        assert value == text[piece.start : piece.end]
        assert kind is TOKENS[piece.kind] or value in "()[]{},:"


def test_html() -> None:
    shown = coloured(TEXT, ArchLexer(), HtmlFormatter())
    assert '<span class="k">space</span>' in shown
    assert '<span class="n">count</span>' in shown
    assert '<span class="c1"># A tile.</span>' in shown


def test_it_is_registered() -> None:
    (entry,) = entry_points(group="pygments.lexers", name="arch")
    assert entry.load() is ArchLexer
