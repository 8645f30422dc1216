"""What the two halves of the tree builder share: source ranges, names and reserved words."""

from __future__ import annotations

import re
from typing import Any, NamedTuple, TypeAlias

from archwright.grammar import RESERVED

from . import nodes
from .diagnostics import Diagnostic, Edit, Fix
from .source import Source, Span

Children: TypeAlias = list[Any]

_OPERATOR = re.compile(  # at the end of a text: an operand comes next
    r"(?:[-+*/%^<]|(?<!-)>|[=!<>]=|\.\.|\b(?:not|and|or|implies|iff|in|divides|step))\s*\Z"
)


class Part(NamedTuple):
    """A piece of text that is no node of its own, such as a bracketed list.

    Attributes
    ----------
    span : Span
        With its brackets.
    items : tuple
        What stands inside.
    """

    span: Span
    items: tuple[Any, ...]


def items(part: Part | None) -> tuple[Any, ...]:
    """The items of a part that may have been left out."""
    return () if part is None else part.items


class Parts:
    """The state of one parse, and how ranges are cut out of the children of a rule.

    A child is a token of the lexer, a node, a `Part`, or None where an optional piece is absent.
    """

    def __init__(self, source: Source) -> None:
        self.source = source
        self.diagnostics: list[Diagnostic] = []

    def cover(self, children: Children) -> Span:
        """The range from the first child to the last one that is there."""
        first = children[0]
        i = len(children) - 1
        while i and children[i] is None:
            i -= 1
        last = children[i]
        start = first.span.start if hasattr(first, "span") else first.start_pos
        end = last.span.end if hasattr(last, "span") else last.end_pos
        return Span(self.source, start, end)

    def report(
        self,
        slug: str,
        message: str,
        span: Span,
        label: str = "",
        *,
        notes: tuple[str, ...] = (),
        fixes: tuple[Fix, ...] = (),
    ) -> None:
        """Keep an error; the parse goes on and raises all of them at its end."""
        self.diagnostics.append(Diagnostic(slug, message, span, label, notes=notes, fixes=fixes))

    def name(self, children: Children) -> nodes.Ident:
        """Any word in the place of a name."""
        token = children[0]
        span = Span(self.source, token.start_pos, token.end_pos)
        text = str(token)
        if text == "if" and _OPERATOR.search(self.source.text[: span.start]):
            self.report(
                "unbracketed-if",
                "an `if` behind an operator stands in brackets: `(if … then … else …)`",
                span,
                "expected `(` before this",
            )
        elif text in RESERVED:
            self.report(
                "reserved-word",
                f"`{text}` is a word of the language and cannot be a name",
                span,
                fixes=(Fix(f"choose another one, such as `{text}_`", edit=Edit(span, f"{text}_")),),
            )
        return nodes.Ident(span, text)

    entry = name

    def listed(self, children: Children) -> Part:
        """Members between commas, without brackets."""
        return Part(self.cover(children), tuple(children[::2]))

    def enclosed(self, children: Children) -> Part:
        """Members between brackets, without commas."""
        return Part(self.cover(children), tuple(children[1:-1]))

    def bracketed(self, children: Children) -> Part:
        """Members between brackets and commas."""
        return Part(self.cover(children), tuple(children[1:-1:2]))
