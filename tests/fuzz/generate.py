"""Texts that the grammar allows, drawn from its rules: the parser takes them, and who else?"""

from __future__ import annotations

import random
from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING

from archwright.dsl.parser import build

if TYPE_CHECKING:
    from lark.grammar import Rule, Symbol

UNITS = ("B", "KiB", "ms", "s", "MAC", "GB/s", "cycles", "J", "W")
NUMBERS = ("0", "1", "2", "3", "4", "7", "12", "0.5", "0.125", "100", "65536", "1_000_000")
ITEMS = (
    "param", "let", "fn", "enum", "table", "schema", "hardware", "op", "network", "space",
    "require", "prefer", "optimize", "expect", "import_",
)  # fmt: skip


def generated(rule: str, names: Sequence[str], chance: random.Random, size: int = 8) -> str:
    """A text that a rule of the grammar allows, with the given names, nesting about `size` deep."""
    return " ".join(_expand(rule, names, chance, size)).replace('" "', '""')


def item(names: Sequence[str], chance: random.Random) -> str:
    """One item of a spec."""
    return generated(chance.choice(ITEMS), names, chance, chance.choice((6, 8, 10, 14)))


@cache
def _rules() -> dict[str, list[Rule]]:
    found: dict[str, list[Rule]] = {}
    for rule in build().rules:
        found.setdefault(rule.origin.name, []).append(rule)
    return found


@cache
def _heights() -> dict[str, int]:
    """For each rule how deep its shallowest expansion is."""
    heights: dict[str, int] = {}
    grown = True
    while grown:
        grown = False
        for name, rules in _rules().items():
            known = [h for rule in rules if (h := _height(rule, heights)) is not None]
            if known and heights.get(name) != 1 + min(known):
                heights[name] = 1 + min(known)
                grown = True
    return heights


def _height(rule: Rule, heights: dict[str, int]) -> int | None:
    parts = [0 if s.is_term else heights.get(s.name) for s in rule.expansion]
    known = [p for p in parts if p is not None]
    return max(known, default=0) if len(known) == len(parts) else None


def _expand(name: str, names: Sequence[str], chance: random.Random, size: int) -> list[str]:
    rules = _rules()[name]
    heights = _heights()
    fitting = [r for r in rules if (h := _height(r, heights)) is not None and h < size]
    if not fitting:
        least = min(h for r in rules if (h := _height(r, heights)) is not None)
        fitting = [r for r in rules if _height(r, heights) == least]
    found: list[str] = []
    for symbol in chance.choice(fitting).expansion:
        found += _symbol(symbol, names, chance, size - 1)
    return found


def _symbol(symbol: Symbol, names: Sequence[str], chance: random.Random, size: int) -> list[str]:
    if not symbol.is_term:
        return _expand(symbol.name, names, chance, size)
    match symbol.name:
        case "NAME":
            return [chance.choice(names)]
        case "NUMBER":
            return [chance.choice(NUMBERS)]
        case "QUANTITY":
            return [f"{chance.choice(NUMBERS)} {chance.choice(UNITS)}"]
        case "STRING":
            return [chance.choice(('"why"', '"{' + chance.choice(names) + '}"', '"layers.csv"'))]
        case "CMP":
            return [chance.choice(("==", "!=", "<=", ">=", "<", ">"))]
    return [_words()[symbol.name]]


@cache
def _words() -> dict[str, str]:
    """Keywords and symbols by the names that the parser gives them."""
    found = {t.name: t.pattern.value for t in build().terminals}
    return found | {"_STEP": "step", "_AS": "as", "_BECAUSE": "because", "MINUS": "-"}
