"""The texts after `because`: strings with holes such as `{held[d]}`."""

from __future__ import annotations

import re

from archwright.grammar import RESERVED

from . import nodes
from .parse import parse_expression
from .report import Report
from .source import Source, Span

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
ESCAPES = {"n": "\n", '"': '"', "\\": "\\"}


def pieces(text: nodes.Text, report: Report) -> tuple[str | nodes.Expr, ...]:
    """Cut a reason into plain strings and the expressions of its holes.

    The holes are parsed in place, in the text of the file, so that their ranges are exact.
    `{{` and `}}` stand for single braces.
    """
    from .diagnostics import ArchError

    source = text.span.source
    raw = source.text
    result: list[str | nodes.Expr] = []
    plain: list[str] = []
    i, end = text.span.start + 1, text.span.end - 1
    while i < end:
        character = raw[i]
        if character == "\\":
            plain.append(ESCAPES.get(raw[i + 1], raw[i + 1]))
            i += 2
        elif raw[i : i + 2] in ("{{", "}}"):
            plain.append(character)
            i += 2
        elif character == "{":
            close = raw.find("}", i, end)
            if close < 0 or not raw[i + 1 : close].strip():
                _bad(report, Span(source, i, end if close < 0 else close + 1))
                return ()
            try:
                hole = _hole(source, i + 1, close)
            except ArchError as error:
                report.extend(error.diagnostics)
                return ()
            result += ["".join(plain), hole] if plain else [hole]
            plain = []
            i = close + 1
        elif character == "}":
            _bad(report, Span(source, i, i + 1))
            return ()
        else:
            plain.append(character)
            i += 1
    if plain:
        result.append("".join(plain))
    return tuple(result)


def _hole(source: Source, start: int, end: int) -> nodes.Expr:
    """The expression of a hole; most are names, for which no parser is needed."""
    text = source.text[start:end]
    if _NAME.fullmatch(text) and text not in RESERVED:
        return nodes.Name(Span(source, start, end), text)
    return parse_expression(source, start, end)


def _bad(report: Report, span: Span) -> None:
    report.add(
        "bad-hole",
        "a hole in a reason is an expression between `{` and `}`",
        span,
        notes=("a brace that is meant literally is written twice: `{{` or `}}`",),
    )
