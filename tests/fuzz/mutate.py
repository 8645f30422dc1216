"""Texts that are nearly specs: tokens, bytes and lines of real ones exchanged, lost, repeated."""

from __future__ import annotations

import random
from collections.abc import Sequence

from archwright.dsl.syntax_mistake import Token, tokens

RESERVED = (
    "arch", "if", "then", "else", "and", "or", "not", "in", "for", "where", "when", "true", "false",
    "divides", "implies", "iff", "tensor",
)  # fmt: skip
LITERALS = (
    "0", "1", "-1", "2", "0.5", "7", "64", "10_000_000_000", "1" + "0" * 30, "true", "false",
    "1 KiB", "3 ms", "2 MAC", "1 B/s", "(1 / 3)", '"text"', "{1, 2}", "1 .. 3", "divisors(12)",
)  # fmt: skip
OPERATORS = (
    "+", "-", "*", "/", "%", "^", "<", "<=", "==", "!=", "..", "and", "or", "implies", "iff",
    "divides", "in", ",", ".", "=", ":", "->",
)  # fmt: skip
KEYWORDS = (
    *RESERVED, "param", "let", "fn", "enum", "table", "schema", "hardware", "op", "network",
    "space", "require", "prefer", "optimize", "minimize", "maximize", "expect", "import", "as",
)  # fmt: skip
WRAPPERS = (
    "floor({})", "ceil({})", "exact({})", "abs({})", "ln({})", "log2({})", "({})", "-({})",
    "divisors({})", "(if {0} then {0} else {0})", "sum({} for zz in 1 .. 3)", "({0}) ^ ({0})",
    "max({} for zz in 1 .. 2 else 0)", "({0}) * ({0})", "not ({})", "count({})",
)  # fmt: skip
BYTES = (b"\0", b"\xff", b"\xef\xbb\xbf", b"\r\n", b"\r", b"\xed\xa0\x80", b"\xe2\x80\xa8", b"\\")


def mutated(text: str, chance: random.Random) -> str:
    """A text with one to four of its tokens or lines changed."""
    for _ in range(chance.choice((1, 1, 1, 2, 2, 3, 4))):
        text = chance.choice((_token, _token, _token, _token, _line))(text, chance)
    return text


def mutated_bytes(data: bytes, chance: random.Random) -> bytes:
    """Bytes with some of them flipped, lost, repeated or put in."""
    for _ in range(chance.choice((1, 1, 2, 5))):
        at = chance.randrange(len(data) + 1)
        end = min(len(data), at + chance.choice((1, 1, 2, 8, 64)))
        new = chance.choice((b"", data[at:end] * 2, chance.choice(BYTES), chance.randbytes(1)))
        data = data[:at] + new + data[end if chance.random() < 0.7 else at :]
    return data


def spliced(text: str, other: str, chance: random.Random) -> str:
    """A text with some lines of another one put in."""
    lines, given = text.splitlines(), other.splitlines()[1:]
    if not given:
        return text
    start = chance.randrange(len(given))
    at = chance.randrange(1, len(lines) + 1)
    lines[at:at] = given[start : start + chance.choice((1, 1, 2, 5, 20))]
    return "\n".join(lines) + "\n"


def words(text: str) -> list[str]:
    """The words of a text that may be names, each once."""
    found = dict.fromkeys(t.text for t in tokens(text, 0, len(text)) if t.kind == "word")
    return [word for word in found if word not in RESERVED]


def _token(text: str, chance: random.Random) -> str:
    found = tokens(text, 0, len(text))[2:]  # the header stays
    if not found:
        return text
    token = chance.choice(found)
    numbers = _of(found, lambda t: t.kind == "number")
    operators = _of(found, lambda t: t.text in OPERATORS)
    operands = _of(found, lambda t: t.kind in ("number", "word") and t.text not in KEYWORDS)
    alike = _of(found, lambda t: t.kind == token.kind)
    operand, operator = chance.choice(operands), chance.choice(operators)
    match chance.randrange(14):
        case 0:
            return _put(text, token, "")
        case 1:
            return _put(text, token, f"{token.text} {token.text}")
        case 2:
            return _put(text, operator, chance.choice(OPERATORS))
        case 3:
            return _put(text, token, chance.choice(alike).text)
        case 4 | 5:
            return _put(text, chance.choice(numbers), chance.choice(LITERALS))
        case 6 | 7:
            return _put(text, operator, _like(operator.text, chance))
        case 8 | 9 | 10:
            return _put(text, operand, chance.choice(WRAPPERS).format(operand.text))
    return _put(text, operand, chance.choice(operands).text)


def _like(operator: str, chance: random.Random) -> str:
    """An operator that may stand where this one does."""
    for kind in ("+-*/%^", ("<", "<=", ">", ">=", "==", "!="), ("and", "or", "implies", "iff")):
        if operator in kind:
            return chance.choice(kind)
    return operator


def _line(text: str, chance: random.Random) -> str:
    lines = text.splitlines()
    at = chance.randrange(len(lines))
    match chance.randrange(3):
        case 0:
            del lines[at]
        case 1:
            lines.insert(chance.randrange(len(lines) + 1), lines[at])
        case _:
            other = chance.randrange(len(lines))
            lines[at], lines[other] = lines[other], lines[at]
    return "\n".join(lines) + "\n"


def _of(found: Sequence[Token], wanted: object) -> Sequence[Token]:
    assert callable(wanted)
    return [token for token in found if wanted(token)] or found


def _put(text: str, token: Token, new: str) -> str:
    return f"{text[: token.start]}{new}{text[token.end :]}"
