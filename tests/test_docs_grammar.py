"""The reference shows every construct: its examples use each part of each rule of the grammar."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from archwright.dsl.parser import build

from .test_docs import SPECS

# Which words may be names, and how long a list is, needs no example of its own.
IMPLIED = ("_word", "name", "entry", "start", "rest")
# Read, so that a diagnostic can say that no text stands there.
REFUSED = {("atom", "text"), ("cell", "text")}


def test_the_reference_shows_every_construct() -> None:
    parser = build()
    reductions: dict[Any, Callable[..., Any]] = parser.parser.parser.parser.callbacks  # type: ignore[attr-defined]
    used: set[tuple[str, str]] = set()
    every: set[tuple[str, str]] = set()

    def parts(rule: Any) -> set[tuple[str, str]]:
        origin = str(rule.origin.name)
        if origin.startswith("__") or origin in IMPLIED:
            return set()
        return {(origin, str(rule.alias or symbol.name)) for symbol in rule.expansion} | {
            (origin, str(symbol.name)) for symbol in rule.expansion
        }

    def counted(rule: Any, reduce: Callable[..., Any]) -> Callable[..., Any]:
        def run(*arguments: Any) -> Any:
            used.update(parts(rule))
            return reduce(*arguments)

        return run

    for rule, reduce in list(reductions.items()):
        every |= parts(rule)
        reductions[rule] = counted(rule, reduce)
    for block in SPECS:
        if block.page.name == "language.md" and block.marks[:1] != ("wrong",):
            text = block.text if block.text.startswith("arch 1") else "arch 1\n" + block.text
            parser.parse(text, start="start")
    missing = sorted(every - used - REFUSED)
    assert not missing, missing
