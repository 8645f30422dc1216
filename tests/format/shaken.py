"""The same spec with its words apart or together, its lines cut anywhere, comments everywhere."""

from __future__ import annotations

import re
from functools import cache
from random import Random

import lark

from archwright.dsl.parser import _Words
from archwright.grammar import rules

_TOKEN = re.compile(
    r'"(?:\\.|[^"\\\n])*"'
    r"|(?P<number>[0-9][0-9_]*(?:\.[0-9]+)?)"
    r"(?:(?P<space>[ \t]*)(?P<unit>[A-Za-z]+(?:/[A-Za-z]+)?)\b)?"
    r"|[A-Za-z_]\w*|\.\.|->|[=!<>]=|\S"
)
_COMMENT = re.compile(r'"(?:\\.|[^"\\\n])*"|#[^\n]*')
_UNIT = re.compile(
    r"(?:[kMGT]?(?:B|bit|MACs?|FLOPs?)|[KMGT]i(?:B|bit)|[kMG]?Hz|[munp]?[sJ]|[mk]?W|cycles?)"
    r"(?:/\w+)?"
)
_OPEN = "()[]{},:"  # nothing grows together with these

SPACES = (" ", " ", " ", "", "  ", "\n", "\n", "\n\n", "\n\n\n\n", "\t", " \n  ")
REMARKS = (
    "  # why\n", "# \n", "\n  # above\n", "\n\n# far\n\n", " # one\n # two\n", "\n#x\n\n#y \n",
    '  # "quoted\n', " # x = 3\n      # further\n", "  # a wide one " + "o" * 90 + "\n",
)  # fmt: skip
FIRST = ("", "", "\n", "# first\n", "\n\n# first\n\n")


def words(text: str) -> list[str]:
    """The tokens of a spec; a number with its unit is one of them."""
    plain = _COMMENT.sub(lambda m: m.group() if m.group().startswith('"') else "", text)
    found = []
    for match in _TOKEN.finditer(plain):
        if match.group("unit") and not _UNIT.fullmatch(match.group("unit")):
            found += [match.group("number"), match.group("unit")]
        else:
            found.append(match.group())
    return found


def shaken(text: str, chance: Random, remarks: float) -> str:
    """Another way to write a spec, with comments in a share of its gaps."""
    tokens = words(text)
    pieces = [chance.choice(FIRST)]
    for left, right in zip(tokens, [*tokens[1:], ""], strict=True):
        gap = chance.choice(REMARKS if chance.random() < remarks else SPACES)
        if not gap and left[-1] not in _OPEN and right[:1] not in _OPEN:
            gap = " "
        if left[-1].isdigit() and _UNIT.match(right) and "\n" not in gap:
            gap = "\n"  # else it is the unit of the number
        pieces += [left, gap]
    return "".join(pieces)


def lexed(text: str) -> tuple[list[tuple[str, str]], list[str]]:
    """Tokens and comments as the parser's own lexer tells them."""
    _comments.clear()
    tree = _machine().parse(text)
    tokens = [
        (token.type, re.sub(r"\s", "", token) if token.type == "QUANTITY" else str(token))
        for token in tree.scan_values(lambda value: isinstance(value, lark.Token))
    ]
    return tokens, [comment.rstrip() for comment in _comments]


_comments: list[lark.Token] = []


def _keep(token: lark.Token) -> lark.Token:
    _comments.append(token)
    return token


@cache
def _machine() -> lark.Lark:
    return lark.Lark(
        rules(),
        parser="lalr",
        start="start",
        keep_all_tokens=True,
        postlex=_Words(),
        lexer_callbacks={"COMMENT": _keep},
    )
