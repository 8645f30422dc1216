"""One diagnostic for the place where a text stops making sense.

A list of rules is asked first; each knows one mistake and says how the thing is written here. What
none of them knows is described from what the parser could have taken instead.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from . import syntax_habits, syntax_slips
from .diagnostics import Diagnostic
from .suggest import nearest
from .syntax_mistake import ITEMS, Mistake, examine, place

if TYPE_CHECKING:
    import lark
    from lark.exceptions import UnexpectedInput

    from .source import Source

RULES = (*syntax_slips.RULES_FIRST, *syntax_habits.RULES, *syntax_slips.RULES_LAST)

OPERATORS = frozenset(
    ("+", "-", "*", "/", "%", "^", "CMP", "and", "or", "implies", "iff", "in", "divides")
)
KINDS = {
    "STRING": "a string",
    "NUMBER": "a number",
    "QUANTITY": "a number with its unit",
    "CMP": "a comparison such as `==`",
    "END": "the end of the text",
}
FOLLOWERS = frozenset(("when", "as", "because", "step", "where", "else"))  # of an expression
VAGUE = frozenset(("unexpected-token", "unexpected-end", "missing-comma", "missing-operator"))
NEXT_ITEM = re.compile(rf"^(?:{'|'.join(ITEMS)})\b", re.MULTILINE)
STRANGE = frozenset("@$\\`")


def explain(
    error: UnexpectedInput, machine: lark.Lark, rule: str, source: Source, start: int, end: int
) -> Diagnostic:
    """Say what is wrong where the parser stopped."""
    mistake = examine(error, machine, rule, source, start, place(error, end), end)
    early = mistake.previous
    if early.text in ITEMS and mistake.leads(early) and mistake.found.kind in ("word", "string"):
        # Perhaps the item before ended too early, so that this keyword was taken for a name.
        earlier = examine(error, machine, rule, source, start, early.start, end)
        if earlier.wants_operand or not (earlier.starts_item or earlier.opener):
            mistake = earlier
    for known in RULES:
        diagnostic = known(mistake)
        if diagnostic is not None:
            return diagnostic
    return _general(mistake)


def resume(mistake: Diagnostic, start: int, end: int) -> int | None:
    """Where to go on behind a mistake: the next line that begins with the keyword of an item."""
    if mistake.span is None:
        return None
    match = NEXT_ITEM.search(mistake.span.source.text, max(start, mistake.span.start), end)
    return match.start() if match else None


def merge(found: list[Diagnostic], mistake: Diagnostic) -> list[Diagnostic]:
    """Add a mistake, unless it only repeats that a reserved word was taken for a name.

    `sum(for i in S)` reads `for` as a name and stops at `i`: only one of the two is worth telling.
    """
    last = found[-1] if found else None
    if last is not None and last.slug == "unbracketed-if" and _same_item(last, mistake):
        return found  # `then` and `else` find no `if`
    if last is None or last.slug != "reserved-word" or last.span is None or mistake.span is None:
        return [*found, mistake]
    between = mistake.span.source.text[last.span.end : mistake.span.start]
    if between.strip():
        return [*found, mistake]
    return found if mistake.slug in VAGUE else [*found[:-1], mistake]


def _same_item(first: Diagnostic, second: Diagnostic) -> bool:
    """Whether no item begins between two places of a text."""
    if first.span is None or second.span is None:
        return False
    return not NEXT_ITEM.search(second.span.source.text, first.span.end, second.span.start)


def _general(m: Mistake) -> Diagnostic:
    expected = _expected(m)
    after = f" after `{m.previous.shown}`" if m.before else ""
    fixes = []
    if m.found.kind == "word":
        words = [word for word in m.accepts if word.isidentifier() and word.islower()]
        if (close := nearest(m.found.text, words)) is not None and "NAME" not in m.accepts:
            fixes = [m.write(close, text=f"did you mean `{close}`?")]
    if m.at_end:
        return m.error(
            "unexpected-end",
            f"the text ends too early: expected {expected}{after}",
            label=f"expected {expected}",
        )
    if not m.found.text.isascii() or m.found.text in STRANGE:
        strange = f"`{m.found.shown}`"
        message = f"{strange} has no meaning in the language"
        if m.found.kind == "word":
            message = f"{strange} is no name: names are made of the letters a to z, digits and `_`"
        return m.error("unknown-character", message, label=f"expected {expected}")
    return m.error(
        "unexpected-token",
        f"expected {expected}{after}, found `{m.found.shown}`",
        label=f"expected {expected}",
        fixes=fixes,
    )


def _expected(m: Mistake) -> str:
    """What could stand here, in words: single marks first, kinds of things after them."""
    accepts = set(m.accepts)
    kinds: list[str] = []
    if m.wants_operand and "{" in accepts:
        kinds.append("a set of values such as `1 .. 8` or `{1, 2}`")
        accepts &= {")", "}", "]"}
    elif m.wants_operand:
        kinds.append("an expression" if "not" in accepts else "a value")
        accepts &= {")", "}", "]", "{"}
    elif {"NUMBER", "STRING", "NAME"} <= accepts:
        kinds.append("a cell of a row")
        accepts &= {",", "}", "->"}
    elif {"NUMBER", "NAME"} <= accepts:
        kinds.append("a unit, or `1` for plain numbers")
        accepts -= {text for text in accepts if text.isidentifier()}
    operators = accepts & OPERATORS
    if operators in ({"in"}, {"/"}):  # of a binder, of a unit
        operators = set()
    if operators:
        accepts -= OPERATORS | {"(", "[", "."}
    if "import" in accepts and "NAME" not in accepts:
        kinds.append("the next item")
        accepts -= {*ITEMS, "END"}
    if "NAME" in accepts:
        kinds.append("the next entry" if operators else "a name")
        followers = FOLLOWERS if operators else set()
        accepts -= {text for text in accepts if text.isidentifier()} - KINDS.keys() - followers
    marks = sorted(accepts - KINDS.keys(), key=lambda text: (text.isidentifier(), text))
    parts = [f"`{mark}`" for mark in marks]
    parts += [KINDS[kind] for kind in sorted(accepts & KINDS.keys())] + kinds
    if operators:
        parts.append(KINDS["CMP"] if operators == {"CMP"} else "an operator")
    return " or ".join((", ".join(parts[:-1]), parts[-1])) if len(parts) > 1 else parts[0]
