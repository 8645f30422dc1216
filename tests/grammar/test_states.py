"""One wrong text for each state of the parser: its end, and a token that cannot stand there.

The shortest way to each state is worked out from the parser's own table, so a new rule of the
grammar is covered by itself. The golden file holds what is said, to be read.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from heapq import heappop, heappush
from typing import Any

from lark.parsers.lalr_analysis import Shift

from archwright.dsl.diagnostics import ArchError, Diagnostic
from archwright.dsl.parse import parse
from archwright.dsl.parser import build
from archwright.dsl.source import Source

SAMPLES = {
    "NAME": "a",
    "NUMBER": "1",
    "QUANTITY": "1 B",
    "STRING": '"t"',
    "CMP": "<=",
    "_STEP": "step",
    "_AS": "as",
    "_BECAUSE": "because",
}
WRONG = (",", "=", "]", "1", "else", "a", "->")
RAW = re.compile(r"\b[A-Z]{2,}[A-Z_]*\b|\$|__|_STEP|_AS|_BECAUSE")
UNITS = re.compile(r"\b(MAC|FLOP|UTF)\b")
MACHINE = build()


TABLE = MACHINE.parser.parser.parser.parse_table  # type: ignore[attr-defined]
TERMINALS = {terminal.name for terminal in MACHINE.terminals}


@dataclass(frozen=True)
class Way:
    """The shortest text after which the parser is in a state, and what it takes there."""

    text: str
    follow: frozenset[str]


@cache
def spelled(terminal: str) -> str:
    if terminal in SAMPLES:
        return SAMPLES[terminal]
    return str(MACHINE.get_terminal(terminal).pattern.value)


def shortest() -> dict[str, tuple[str, ...]]:
    """The shortest terminals that each symbol stands for; a plain name before a soft keyword."""
    texts = {name: (name,) for name in TERMINALS}
    changed = True
    while changed:
        changed = False
        for rule in MACHINE.rules:
            parts = [texts.get(symbol.name) for symbol in rule.expansion]
            if any(part is None for part in parts):
                continue
            new = tuple(terminal for part in parts if part for terminal in part)
            name = rule.origin.name
            if name not in texts or cost(new) < cost(texts[name]):
                texts[name], changed = new, True
    return texts


def cost(terminals: tuple[str, ...]) -> tuple[int, int, tuple[str, ...]]:
    return len(terminals), sum(t not in SAMPLES for t in terminals), terminals


def ways() -> Iterator[Way]:
    """Every state behind a token, by the cheapest path through the automaton.

    The symbols on a path are the stack of the parser, so the text that they stand for leads there.
    """
    texts = shortest()
    first = TABLE.start_states["start"]
    best: dict[Any, tuple[str, ...]] = {first: ()}
    stacks: dict[Any, tuple[Any, ...]] = {first: (first,)}
    behind_token = {first}
    waiting = [(cost(()), first)]
    while waiting:
        _, state = heappop(waiting)
        for name, (kind, target) in TABLE.states[state].items():
            if kind is not Shift or name == "$END":
                continue
            if name in TERMINALS:
                behind_token.add(target)
            text = best[state] + texts[name]
            if target not in best or cost(text) < cost(best[target]):
                best[target], stacks[target] = text, (*stacks[state], target)
                heappush(waiting, (cost(text), target))
    for state in sorted(behind_token, key=lambda state: cost(best[state])):
        if not only_a_name(TABLE.states[state]):
            follow = frozenset(t for t in TERMINALS if taken(stacks[state], t))
            yield Way(" ".join(map(spelled, best[state])), follow)


def taken(stack: tuple[Any, ...], terminal: str) -> bool:
    """Whether the parser takes a token with these states on its stack."""
    while terminal in TABLE.states[stack[-1]]:
        action, target = TABLE.states[stack[-1]][terminal]
        if action is Shift:
            return True
        stack = stack[: len(stack) - len(target.expansion)]
        stack = (*stack, TABLE.states[stack[-1]][target.origin.name][1])
    return False


def only_a_name(actions: dict[str, Any]) -> bool:
    """Whether a state is left in one way only: the word before it is read as a name."""
    targets = {str(t.origin.name) for kind, t in actions.values() if kind is not Shift}
    return targets == {"_word"} and all(kind is not Shift for kind, _ in actions.values())


def mistake(text: str) -> Diagnostic | None:
    try:
        parse(Source("spec", text))
    except ArchError as error:
        return error.diagnostics[0]
    return None


def shown(diagnostic: Diagnostic) -> str:
    span = diagnostic.span
    assert span is not None
    place = f"`{span.text}`" if span.text else "the end"
    lines = [f"{diagnostic.slug}: {diagnostic.message}", f"at {place}: {diagnostic.label}"]
    lines[1] = lines[1].removesuffix(": ")
    lines += [f"= {note}" for note in diagnostic.notes]
    lines += [f"= {fix.shown}" for fix in diagnostic.fixes]
    return "\n".join(f"    {line}" for line in lines)


def wrongs(way: Way) -> tuple[str, str]:
    """The end, and the first token of some that cannot stand there."""
    follow = {spelled(terminal) for terminal in way.follow}
    return "", next(token for token in WRONG if token not in follow)


def test_every_state_has_its_words(golden: Callable[[str, str], None]) -> None:
    parts = []
    for way in ways():
        for wrong in wrongs(way):
            diagnostic = mistake(f"{way.text} {wrong}".strip())
            if diagnostic is None:
                assert not wrong, "only the end of a text can be right"
                continue
            assert diagnostic.span is not None
            said = UNITS.sub("", f"{diagnostic.message} {diagnostic.label}")
            assert not RAW.search(said), said
            parts.append(f"{way.text} {wrong or '…'}\n{shown(diagnostic)}\n")
    golden("states.txt", "\n".join(parts))
