"""What the rules of the layout share: words, lists between brackets, blocks of entries."""

from __future__ import annotations

import re
from typing import Any, TypeAlias

from .comments import Trivia
from .documents import (
    BLANK,
    HARD,
    LINE,
    Align,
    Chain,
    Document,
    Entry,
    Fill,
    Group,
    Indent,
    Word,
    before,
    first_word,
)

Children: TypeAlias = list[Any]

_QUANTITY = re.compile(r"([0-9][0-9_.]*)[ \t]*([A-Za-z].*)")


class Pieces:
    """Makes documents of tokens, and of documents with punctuation between them.

    The methods that are called like rules of the grammar take what the parser found: tokens,
    documents, and None where an optional piece is absent.
    """

    def __init__(self, text: str) -> None:
        self.trivia = Trivia(text)

    def documents(self, children: Children) -> Children:
        """The children, tokens as words."""
        return [c if c is None or not hasattr(c, "start_pos") else self.word(c) for c in children]

    def word(self, token: Any) -> Word:
        """One token as it is written: a single space between a number and its unit."""
        text = str(token)
        if token.type == "QUANTITY":
            text = _QUANTITY.sub(r"\1 \2", text)
        return self.trivia.word(token.start_pos, text)

    def joined(self, children: Children) -> Document:
        """Everything without space between."""
        return [c for c in self.documents(children) if c is not None]

    def listed(self, children: Children) -> Document:
        """Members with commas between them, as many on a line as fit."""
        parts: list[Document] = []
        between: list[Document] = []
        found = self.documents(children)
        for i in range(0, len(found), 2):
            if i:
                between.append(before(found[i]))
            parts.append([found[i], *found[i + 1 : i + 2]])
        return Align(Fill(parts, between))

    def bracketed(self, children: Children) -> Document:
        """A list between brackets."""
        first, *members, last = self.documents(children)
        return [first, self.listed(members), last]

    def braced(self, children: Children) -> Document:
        """A list between braces, with a space inside them."""
        first, *members, last = self.documents(children)
        return [first, " ", self.listed(members), " ", last]

    def equals(self, sign: Document, value: Document) -> Document:
        """Lay out `= value`; the operators of a long value stand below the sign."""
        if isinstance(value, Chain):
            first = value.parts[0]
            if isinstance(first, Chain) and isinstance(first.inner, Indent):
                first.inner = first.inner.inner  # its operators are far enough from the sign
            return Align([sign, " ", value.inner])
        return [sign, " ", Indent(4, value)]

    def clause(self, keyword: Document | None, *rest: Document, by: int = 2) -> Document:
        """Lay out `when c` and its like, below what precedes where there is no room; or nothing."""
        if keyword is None:
            return ""
        return Group(Indent(by, [*before(keyword), keyword, *(d for r in rest for d in (" ", r))]))

    # -------------------------------------------------------------------------------------- blocks

    def stacked(self, entries: list[Document], end: Word, *, first: bool = True) -> list[Document]:
        """Each entry on a line of its own, with the comments around it and at most one blank line.

        Parameters
        ----------
        entries : list of Document
        end : Word
            What stands behind the last one; only its comments are set here.
        first : bool
            Whether nothing that a blank line could follow stands before.
        """
        found: list[Document] = []

        def above(word: Word) -> None:
            nonlocal first
            comments, word.comments = word.comments, []
            for comment in comments:
                if not comment.behind and not comment.under:
                    found.append(BLANK if comment.blank and not first else HARD)
                    first = False
                found.append(comment)

        for entry in entries:
            word = first_word(entry)
            assert word is not None
            above(word)
            found.append(BLANK if word.blank and not first else HARD)
            found.append(entry)
            first = False
        above(end)
        return found

    def block(self, children: Children) -> Document:
        """Entries between braces.

        A single entry stays on the line of the braces if it was written there and fits.
        """
        first, *entries, last = self.documents(children)
        if not entries and not last.comments:
            return [first, last]
        if len(entries) == 1 and not last.comments:
            word = first_word(entries[0])
            if word is not None and not word.broken:
                return Group([first, Indent(2, [LINE, entries[0]]), LINE, last])
        return [first, Indent(2, self.stacked(entries, last)), HARD, last]

    def own(self, kind: str, *parts: Document | None) -> Entry:
        """Mark what takes lines of its own."""
        return Entry(kind, [part for part in parts if part is not None])
