"""Mistakes in the words and marks of the language itself; each rule knows one of them."""

from __future__ import annotations

from archwright.grammar import RESERVED

from .diagnostics import Diagnostic, Edit, Fix
from .source import Span
from .suggest import nearest
from .syntax_mistake import CLOSERS, ITEMS, OPENERS, Mistake, Token
from .units import UNITS, similar_units

# What other languages call an item, and what it is called here.
FOREIGN_ITEMS = {
    "def": "fn",
    "func": "fn",
    "function": "fn",
    "lambda": "fn",
    "const": "let",
    "val": "let",
    "define": "let",
    "set": "let",
    "var": "space",
    "variable": "space",
    "choice": "space",
    "choose": "space",
    "decision": "space",
    "constraint": "require",
    "assert": "require",
    "assume": "require",
    "subject": "require",
    "forbid": "require",
    "soft": "prefer",
    "include": "import",
    "use": "import",
    "using": "import",
    "from": "import",
    "struct": "schema",
    "class": "schema",
    "record": "schema",
    "type": "enum",
    "input": "param",
    "parameter": "param",
    "device": "hardware",
    "machine": "hardware",
    "layer": "op",
    "model": "network",
    "net": "network",
    "objective": "minimize",
    "minimise": "minimize",
    "maximise": "maximize",
    "optimise": "optimize",
    "solve": "optimize",
    "test": "expect",
    "check": "expect",
}
SHAPES = {
    "import": "import std.nn as nn",
    "param": "param batch: 1 .. 64 = 16",
    "let": "let total = a + b",
    "fn": "fn half(n) = ceil(n / 2)",
    "enum": "enum Pass { forward, backward }",
    "table": "table cost(k) -> (time: us) { 1 -> 20 }",
    "schema": "schema Card { memory: B }",
    "hardware": "hardware card is gpu.h100 {}",
    "op": "op double(x: tensor[C]) { x = add(x, x) return x }",
    "network": "network net(x: tensor[3, 32, 32]) { ... }",
    "space": "space tiles { rows: {8, 16, 32} }",
    "require": "require fits: size <= budget",
    "prefer": "prefer small weight 1: k == 3",
}


# Blocks in which nothing stands between the entries.
ENTRIES = {
    "space": "choices",
    "hardware": "the fields of a record",
    "op": "statements",
    "network": "statements",
    "optimize": "goals",
}


def missing_header(m: Mistake) -> Diagnostic | None:
    """No `arch 1` at the start."""
    if m.accepts != {"arch"}:
        return None
    what = "this file is empty; a spec" if m.at_end else "a spec"
    return m.error(
        "missing-header",
        f"{what} starts with the version of its language, `arch 1`",
        label="" if m.at_end else "expected `arch 1` before this",
        fixes=[m.insert("arch 1\n", 0, "write `arch 1` as the first line", safe=True)],
    )


def bracket(m: Mistake) -> Diagnostic | None:
    """A bracket that is closed by another kind, never opened, or never closed."""
    opener = m.opener
    if m.found.text in CLOSERS and (opener is None or OPENERS[opener.text] != m.found.text):
        if opener is None:
            message = (
                f"there is no open `{CLOSERS[m.found.text]}` that this `{m.found.shown}` closes"
            )
            return m.error("unmatched-bracket", message)
        if any(token.text == CLOSERS[m.found.text] for token in m.stack):
            return _unclosed(m, opener)
        return m.error(
            "unmatched-bracket",
            f"`{m.found.shown}` cannot close a `{opener.shown}`; expected `{OPENERS[opener.text]}`",
            label=f"expected `{OPENERS[opener.text]}`",
            labels=[(opener, "opened here")],
        )
    if opener is None:
        return None
    begins = m.found.text in ITEMS or m.previous.text in ITEMS
    if m.at_end or (begins and not _closed(m, opener)):
        return _unclosed(m, opener)
    return None


def _unclosed(m: Mistake, opener: Token) -> Diagnostic:
    closer = OPENERS[opener.text]
    before = m.previous if m.previous.text in ITEMS and not m.at_end else m.found
    labels = [] if m.at_end else [(before, f"expected `{closer}` before this")]
    return m.error(
        "unclosed-bracket",
        f"this `{opener.shown}` is never closed; expected `{closer}`",
        m.span(opener, opener),
        "opened here",
        labels=labels,
    )


def _closed(m: Mistake, opener: Token) -> bool:
    """Whether the rest of the text closes a bracket that is open here."""
    waiting = [opener.text]
    for token in (m.found, *m.after):
        if token.text in OPENERS and token.kind == "symbol":
            waiting.append(token.text)
        elif token.text in CLOSERS and token.kind == "symbol":
            if waiting[-1] != CLOSERS[token.text]:
                return False
            waiting.pop()
            if not waiting:
                return True
    return False


def reserved(m: Mistake) -> Diagnostic | None:
    """`for: 1 .. 3`: a reserved word that was not read as a name."""
    word = m.found
    if word.text not in RESERVED or "NAME" not in m.accepts or m.next.text not in (":", "=", "["):
        return None
    return m.error(
        "reserved-word",
        f"`{word.shown}` is a word of the language and cannot be a name",
        m.span(word, word),
    )


def swallowed_name(m: Mistake) -> Diagnostic | None:
    """`a: 1 .. 3 s: ...`: a name that was read as a unit."""
    inside = m.opener is not None and m.opener.text == "{"
    if not m.quantity or not inside or m.found.text not in (":", "=", "["):
        return None
    digits = next((t for t in reversed(m.before) if t.kind == "number"), m.previous)
    literal = m.text(digits, m.previous)
    return m.error(
        "unit-or-name",
        f"`{literal}` is read as a number with its unit, so `{m.previous.shown}` is no name here",
        m.span(digits, m.previous),
        fixes=[
            Fix(
                f"write `{m.previous.shown}` on a line of its own",
                safe=True,
                edit=Edit(Span(m.source, digits.end, m.previous.start), "\n"),
            )
        ],
    )


def unit(m: Mistake) -> Diagnostic | None:
    """`3 kb`, `5 sec`."""
    number = m.previous.kind == "number" and m.found.kind == "word" and m.same_line
    if not number or m.found.text in ITEMS or m.found.text in RESERVED:
        return None
    word = m.found.text
    alike = similar_units(word)
    if not alike and not m.glued and len(word) <= 4 and (near := nearest(word, UNITS)) is not None:
        alike = [near]
    if not alike:
        return None
    return m.error(
        "unknown-unit",
        f"`{word}` is no unit of the language",
        fixes=[m.write(name, text=f"did you mean `{m.previous.shown} {name}`?") for name in alike],
    )


def equals(m: Mistake) -> Diagnostic | None:
    """`=` for `==`, `==` for `=`, `:` for `=` and `=` for `:`."""
    if m.found.text == "==" and "=" in m.accepts and "CMP" not in m.accepts:
        return m.error(
            "double-equals",
            "`=` gives a name its value; `==` compares two values",
            label="expected `=`",
            fixes=[m.write("=", safe=True)],
        )
    if m.found.text == "=" and ":" in m.accepts:
        if m.owner == "param":
            name = m.previous.shown
            return m.error(
                "missing-domain",
                f"a parameter states which values it may take: `param {name}: 1 .. 8 = 4`",
                label="expected `:` and a domain before this",
                notes=["a constant is a `let`"],
            )
        what = {"space": "a choice", "schema": "a field of a schema"}.get(m.owner, "this")
        return m.error(
            "equals-for-colon",
            f"{what} has a `:` behind its name, not a `=`",
            label="expected `:`",
            fixes=[m.write(":")],
        )
    if m.found.text == ":" and "=" in m.accepts and not m.after_operand:
        return m.error(
            "colon-for-equals",
            f"`=` stands between `{m.previous.shown}` and its value, not `:`",
            label="expected `=`",
            fixes=[m.write("=")],
        )
    if m.found.text == "=" and "CMP" in m.accepts:
        return m.error(
            "single-equals",
            "`==` compares two values; `=` only gives a name its value",
            label="expected `==`",
            fixes=[m.write("==", safe=True)],
        )
    return None


def missing_name(m: Mistake) -> Diagnostic | None:
    """`require a <= b`, `space {`."""
    keyword = m.previous.text
    direct = keyword in SHAPES and "NAME" in m.accepts and "END" not in m.accepts
    if direct and keyword == "import":
        return m.error(
            "missing-name",
            "this `import` does not say what is imported",
            label="expected a module or a path in quotes before this",
            notes=[f"write for instance `{SHAPES[keyword]}`"],
        )
    if direct and not m.wants_operand and m.opener is None and m.found.kind != "word":
        return m.error(
            "missing-name",
            f"this `{keyword}` has no name; every `{keyword}` has one",
            label="expected a name before this",
            notes=[f"write for instance `{SHAPES[keyword]}`"],
        )
    named = len(m.before) > 1 and m.before[-2].text in ("require", "prefer")
    if named and m.owner in ("require", "prefer") and ":" in m.accepts:
        if m.found.kind == "word" and m.found.text not in ("in", "and", "or", "divides"):
            return m.error(
                "missing-colon",
                f"a `:` stands between the name of a `{m.owner}` and its condition",
                label="expected `:` before this",
                fixes=[m.insert(":", m.previous.end, f"write `{m.previous.shown}:`")],
            )
        return m.error(
            "missing-name",
            f"every `{m.owner}` has a name before its condition",
            m.span(m.previous, m.previous),
            "expected a name and `:` before this",
            notes=[f"write for instance `{SHAPES[m.owner]}`"],
        )
    return None


def missing_alias(m: Mistake) -> Diagnostic | None:
    """`import std.nn`."""
    if m.item != "import" or "as" not in m.accepts or "NAME" in m.accepts:
        return None
    last = m.previous.text.strip('"').rpartition("/")[2].removesuffix(".arch")
    named = last.isidentifier() and last.isascii() and last not in RESERVED
    alias = f" as {last}"
    return m.error(
        "missing-alias",
        "an import says under which name it is used: `import std.nn as nn`",
        m.span(m.previous, m.previous),
        "expected `as` and a name behind this",
        fixes=[m.insert(alias, m.previous.end, f"write `{alias.strip()}` behind it")] * named,
    )


def missing_braces(m: Mistake) -> Diagnostic | None:
    """`hardware card is gpu.h100`."""
    named = m.previous.kind == "word" and m.previous.text != "is"
    if m.item != "hardware" or not {"{", "given"} <= m.accepts or not named or m.same_line:
        return None
    return m.error(
        "unexpected-end" if m.at_end else "unexpected-token",
        "a `hardware` has braces behind its record, which are empty where nothing is changed",
        m.span(m.previous, m.previous),
        "expected `{}` behind this",
        fixes=[m.insert(" {}", m.previous.end, "write `{}` behind it")],
    )


def misplaced_item(m: Mistake) -> Diagnostic | None:
    """`space s { let x = 3 }`, `op f(...) { param ... }`."""
    held = {"space": "choices", "schema": "fields", "op": "statements", "network": "statements"}
    word = m.previous
    if m.opener is None or m.opener.text != "{" or word.text not in ITEMS or m.item not in held:
        return None
    if m.found.kind not in ("word", "string") or m.wants_operand or "CMP" in m.accepts:
        return None
    return m.error(
        "misplaced-item",
        f"`{word.shown}` cannot stand inside the braces of `{m.item}`, which hold {held[m.item]}",
        m.span(word, word),
        labels=[(m.opener, f"the braces of `{m.item}` open here")],
    )


def unknown_item(m: Mistake) -> Diagnostic | None:
    """`lett x = 3`, `constraint r: ...`, `x = 3` outside of everything."""
    word = m.found.text
    if not m.starts_item or m.found.kind != "word":
        return None
    if not m.leads(m.found) and m.after_operand:
        return None
    if m.next.text in ("=", ":") and nearest(word, ITEMS) is None and word not in FOREIGN_ITEMS:
        hint = "a value is named with `let`"
        if m.next.text == ":":
            hint = "choices stand in a `space`, inputs are declared with `param`"
        return m.error("unknown-item", f"no item starts with `{m.found.shown}`; {hint}")
    meant = FOREIGN_ITEMS.get(word.lower()) or nearest(word, ITEMS)
    if meant is None:
        return m.error(
            "unknown-item",
            f"no item starts with `{m.found.shown}`",
            label="expected an item here",
            notes=["items are " + ", ".join(ITEMS)],
        )
    notes = [f"`{meant}` looks like this: `{SHAPES[meant]}`"] if meant in SHAPES else []
    return m.error(
        "unknown-item",
        f"no item starts with `{m.found.shown}`",
        label="expected the keyword of an item",
        notes=notes,
        fixes=[m.write(meant, text=f"did you mean `{meant}`?")],
    )


def comma(m: Mistake) -> Diagnostic | None:
    """A comma too many, or too few."""
    if m.previous.text == "," and m.found.text in CLOSERS:
        return m.error(
            "trailing-comma",
            f"there is nothing between the last comma and `{m.found.shown}`",
            m.span(m.previous, m.previous),
            fixes=[m.write("", m.previous, m.previous, text="remove the comma", safe=True)],
        )
    behind = m.opener is not None and m.opener.text == "{" and m.previous.text != "{"
    ended = behind and m.item in ENTRIES and "}" in m.accepts and "," not in m.accepts
    if m.found.text == "," and ended:
        return m.error(
            "trailing-comma",
            f"{ENTRIES[m.item]} end by themselves, without a comma",
            # a new line, for a name behind a number on its line could be read as a unit
            fixes=[m.write("\n ", text="start a new line instead", safe=True)],
        )
    starts = m.found.kind in ("word", "number", "string") and m.found.text not in RESERVED
    if "," in m.accepts and starts and m.previous.ends_operand and m.opener is not None:
        return m.error(
            "missing-comma",
            f"a comma is missing between `{m.previous.shown}` and `{m.found.shown}`",
            label="expected `,` before this",
            fixes=[m.insert(",", m.previous.end, f"write `{m.previous.shown},`")],
        )
    return None


def missing_operator(m: Mistake) -> Diagnostic | None:
    """`2 x`, `a b`, on one line."""
    operand = m.found.kind in ("word", "number", "string") or m.found.text == "("
    if not m.after_operand or not operand or not m.same_line or m.found.text in RESERVED:
        return None
    if m.found.text in ITEMS or not m.previous.ends_operand:
        return None
    fixes = []
    if m.previous.kind == "number" and m.found.kind == "word":
        product = f"{m.previous.shown} * {m.found.shown}"
        said = f"write the product as `{product}`"
        fixes = [m.write(product, m.previous, m.found, text=said)]
    return m.error(
        "missing-operator",
        f"an operator is missing between `{m.previous.shown}` and `{m.found.shown}`",
        label="expected an operator before this",
        fixes=fixes,
    )


RULES_FIRST = (missing_header, bracket, reserved, swallowed_name)
RULES_LAST = (
    unit,
    equals,
    missing_name,
    missing_alias,
    missing_braces,
    misplaced_item,
    unknown_item,
    comma,
    missing_operator,
)
