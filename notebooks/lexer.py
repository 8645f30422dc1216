"""The Pygments lexer of `.arch`: the pieces that the grammar tells, as Pygments names them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

from pygments.lexer import Lexer  # type: ignore[import-untyped]
from pygments.token import (  # type: ignore[import-untyped]
    Comment,
    Error,
    Keyword,
    Name,
    Number,
    Operator,
    Punctuation,
    String,
    Whitespace,
)

from archwright.dsl.highlight import Kind, highlight

TOKENS: dict[Kind, Any] = {
    Kind.COMMENT: Comment.Single,
    Kind.KEYWORD: Keyword,
    Kind.NAME: Name,
    Kind.NUMBER: Number,
    Kind.QUANTITY: Number.Quantity,
    Kind.STRING: String.Double,
    Kind.SYMBOL: Operator,
    Kind.ERROR: Error,
}


class ArchLexer(Lexer):  # type: ignore[misc]
    """Lexes whole specs, items and expressions; a text with mistakes by its words alone."""

    name = "Archwright"
    url = ""
    aliases: ClassVar[list[str]] = ["arch", "archwright"]
    filenames: ClassVar[list[str]] = ["*.arch"]
    mimetypes: ClassVar[list[str]] = ["text/x-arch"]

    def get_tokens_unprocessed(self, text: str) -> Iterator[tuple[int, Any, str]]:
        """The pieces of a text with their places, blanks included."""
        at = 0
        for piece in highlight(text):
            if piece.start > at:
                yield at, Whitespace, text[at : piece.start]
            found = text[piece.start : piece.end]
            yield piece.start, Punctuation if found in "()[]{},:" else TOKENS[piece.kind], found
            at = piece.end
        if at < len(text):
            yield at, Whitespace, text[at:]
