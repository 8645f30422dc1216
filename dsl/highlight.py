"""What each piece of a text is, for whoever colours it: keyword, name, number, comment, ...

The grammar says it all: its terminals tell numbers, quantities, strings and comments apart, and a
word is a name where the parser took it for one, since most keywords may be names. A text that does
not parse is coloured by its words alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import StrEnum
from functools import cache
from threading import Lock
from typing import TYPE_CHECKING, Any, NamedTuple

from archwright.grammar import RESERVED

if TYPE_CHECKING:
    import lark

STARTS = ("start", "rest", "expr")  # a spec, some items of one, an expression


class Kind(StrEnum):
    """What a piece of text is."""

    COMMENT = "comment"
    KEYWORD = "keyword"
    NAME = "name"
    NUMBER = "number"
    QUANTITY = "quantity"
    STRING = "string"
    SYMBOL = "symbol"
    ERROR = "error"


class Piece(NamedTuple):
    """A piece of text; what lies between two pieces is blank."""

    start: int
    end: int
    kind: Kind


_TERMINALS = {"NUMBER": Kind.NUMBER, "QUANTITY": Kind.QUANTITY, "STRING": Kind.STRING}
_WORD = re.compile(r"[A-Za-z_]\w*")
_lock = Lock()


def highlight(text: str) -> list[Piece]:
    """The pieces of a text, in order: of a whole spec, of items alone, or of an expression.

    Never raises; a text that is none of these is coloured by its words alone.
    """
    pieces = parsed(text)
    return list(_by_words(text)) if pieces is None else pieces


def parsed(text: str) -> list[Piece] | None:
    """The same of a text that parses; None of another one."""
    from lark.exceptions import LarkError

    for start in STARTS:
        try:
            with _lock:
                tree = machine().parse(text, start=start)
        except (LarkError, RecursionError):
            continue
        return _with_comments(text, list(_leaves(tree)))
    return None


@cache
def machine() -> lark.Lark:
    """The parser, without anything that is made of what it reads."""
    from .parser import parser

    return parser(None)


def _leaves(tree: lark.Tree[lark.Token]) -> Iterator[Piece]:
    """The tokens of a tree, from left to right."""
    stack: list[tuple[Any, bool]] = [(tree, False)]
    while stack:
        item, named = stack.pop()
        if hasattr(item, "children"):
            named = item.data in ("name", "entry")
            stack += [(child, named) for child in reversed(item.children)]
        elif item is not None:
            kind = Kind.NAME if named else _kind(item.type, str(item))
            yield Piece(item.start_pos, item.end_pos, kind)


def _kind(terminal: str, text: str) -> Kind:
    word = Kind.KEYWORD if _WORD.match(text) else Kind.SYMBOL
    return _TERMINALS.get(terminal, word)


def _with_comments(text: str, tokens: list[Piece]) -> list[Piece]:
    """Comments lie between the tokens."""
    comment = _pattern("COMMENT")
    pieces: list[Piece] = []
    at = 0
    for token in [*tokens, Piece(len(text), len(text), Kind.SYMBOL)]:
        pieces += [
            Piece(found.start(), found.end(), Kind.COMMENT)
            for found in comment.finditer(text, at, token.start)
        ]
        pieces.append(token)
        at = token.end
    return pieces[:-1]


@cache
def _pattern(terminal: str) -> re.Pattern[str]:
    found = next(t for t in machine().terminals if t.name == terminal)
    return re.compile(found.pattern.to_regexp())


@cache
def _words() -> re.Pattern[str]:
    """Every terminal that is no keyword, as groups of one pattern, and all other words."""
    groups = [
        f"(?P<{n}>{_pattern(n).pattern})" for n in ("COMMENT", "STRING", "QUANTITY", "NUMBER")
    ]
    symbols = {t.pattern.value for t in machine().terminals if t.pattern.type == "str"}
    listed = sorted((s for s in symbols if not _WORD.match(s)), key=len, reverse=True)
    groups.append(f"(?P<NAME>{_pattern('NAME').pattern})")
    groups.append(f"(?P<SYMBOL>{_pattern('CMP').pattern}|{'|'.join(map(re.escape, listed))})")
    return re.compile("|".join([*groups, r"(?P<ERROR>\S)"]))


@cache
def _keywords() -> frozenset[str]:
    values = (t.pattern.value for t in machine().terminals if t.pattern.type == "str")
    return frozenset(value for value in values if _WORD.fullmatch(value))


def _by_words(text: str) -> Iterator[Piece]:
    """A reserved word is a keyword; another one only where it can begin an item on its line."""
    for found in _words().finditer(text):
        kind = Kind[found.lastgroup or "ERROR"]
        if kind is Kind.NAME:
            word = found.group()
            line = text[text.rfind("\n", 0, found.start()) + 1 : found.start()]
            begins = not line.strip() and re.match(r"\s+[\w{(\"-]", text[found.end() :])
            if word in RESERVED or (word in _keywords() and begins):
                kind = Kind.KEYWORD
        yield Piece(found.start(), found.end(), kind)
