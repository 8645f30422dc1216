"""Mistakes that come from the habits of other languages; each rule knows one of them."""

from __future__ import annotations

import re

from archwright.grammar import RESERVED

from .diagnostics import Diagnostic, Edit, Fix
from .source import Span
from .syntax_mistake import Mistake, Token

# What other languages write, and how it is said here; longer ones first.
OPERATORS = {
    "&&": "and",
    "||": "or",
    "**": "^",
    "//": "floor(a / b)",
    "<=>": "iff",
    "=>": "implies",
    "->": "implies",
    "===": "==",
    "=<": "<=",
    "<>": "!=",
    ":=": "=",
    "+=": "x = x + 1",
    "-=": "x = x - 1",
    "*=": "x = x * 2",
    "/=": "!=",
    "...": "..",
    "..<": "..",
    "..=": "..",
    "&": "and",
    "|": "or",
    "~": "not",
    "!": "not",
    "?": "if c then a else b",
    "≤": "<=",
    "≥": ">=",
    "≠": "!=",
    "×": "*",
    "·": "*",
    "÷": "/",
    "−": "-",
    "–": "-",
    "…": "..",
    "∈": "in",
    "∧": "and",
    "∨": "or",
    "¬": "not",
    "→": "->",
    "⇒": "implies",
    "⇔": "iff",
    "∀": "for",
    "∣": "divides",
}
# Those that mean exactly what is written for them here.
SAME = frozenset(("&&", "||", "**", "===", "=<", "<>", ":=", "...", *"≤≥≠×·÷−…∈∧∨⇔")) | {"<=>"}
COMMENTS = ("//", "/*", "--", "%%")
QUOTES = "'`“”„‘’«»"
QUOTES_CLOSED = {"“": "”", "„": "“", "‘": "’", "«": "»"}


def foreign_comment(m: Mistake) -> Diagnostic | None:
    """`// note` where nothing else stands before it on its line."""
    start = next((c for c in COMMENTS if m.rest_is(c) or m.pair == c), None)
    if start is None:
        return None
    first = m.found if m.rest_is(start) else m.previous
    if not m.leads(first):
        return None
    mark = Token(start, first.start, first.start + len(start), "symbol")
    return m.error(
        "foreign-comment",
        f"comments start with `#`, not with `{start}`",
        m.span(mark, mark),
        fixes=[
            m.write("#", mark, mark, text=f"write `#` in place of `{start}`", safe=start == "//")
        ],
    )


def foreign_operator(m: Mistake) -> Diagnostic | None:
    """`&&`, `**`, `=>`, `≤` and their like."""
    candidates = [(m.pair, m.previous)] if m.glued and not m.at_end else []
    candidates += [
        (text, m.found) for text in OPERATORS if m.rest_is(text) and not text[0].isalnum()
    ]
    if m.found.text == "->" and "->" not in m.accepts and not m.after_operand:
        return None
    if m.glued and m.found.text == "=" and m.previous.text == ".." and m.wants_operand:
        candidates.insert(0, ("..=", m.previous))
    for text, first in candidates:
        if text not in OPERATORS or (text == "=>" and "->" in m.accepts):
            continue
        last = Token(text, first.start, first.start + len(text), "symbol")
        notes = {
            "//": ["`/` divides exactly; comments start with `#`"],
            "^": ["`^` is the power here"],
            "..<": ["both ends of a range belong to it: `0 .. n - 1`"],
            "..=": ["both ends of a range belong to it: `0 .. n - 1`"],
            "!": ["`not` binds weaker than comparisons: `not a == b` negates `a == b`"],
            "=>": ["`>=` compares"],
        }.get(text, [])
        said = OPERATORS[text]
        mechanical = " " not in said and "(" not in said
        fixes = [m.write(said, first, last, safe=text in SAME)] if mechanical else []
        return m.error(
            "foreign-operator",
            f"`{text}` is no operator of the language, which writes `{said}`",
            m.span(first, last),
            "" if mechanical else f"write `{said}`",
            notes=notes,
            fixes=fixes,
        )
    return None


def semicolon(m: Mistake) -> Diagnostic | None:
    """`let x = 3;`."""
    if m.found.text != ";":
        return None
    return m.error(
        "semicolon",
        "items and entries end by themselves, without a semicolon",
        fixes=[m.write("", text="remove the `;`", safe=True)],
    )


def quotes(m: Mistake) -> Diagnostic | None:
    """`'text'`, and a string that does not end on its line."""
    if m.found.text and m.found.text in QUOTES:
        return m.error(
            "foreign-quote",
            f'strings stand in double quotes `"`, not in `{m.found.shown}`',
            notes=["enumerators are bare names, without any quotes"],
            fixes=_double_quotes(m),
        )
    if m.found.kind == "string" and (len(m.found.text) < 2 or not m.found.text.endswith('"')):
        return m.error(
            "unclosed-string",
            'this string does not end on its line; expected a closing `"`',
            label="the string starts here",
            notes=["a line break inside a string is written `\\n`"],
        )
    return None


def _double_quotes(m: Mistake) -> list[Fix]:
    """The same text between double quotes, where it ends on its line."""
    closer = QUOTES_CLOSED.get(m.found.text, m.found.text)
    line = m.source.text[m.found.end :].partition("\n")[0]
    inside, closed, _ = line.partition(closer)
    if not closed or '"' in inside or "\\" in inside:
        return []
    span = Span(m.source, m.found.start, m.found.end + len(inside) + 1)
    return [Fix(f'write `"{inside}"`', "STRING" in m.accepts, Edit(span, f'"{inside}"'))]


def conditional(m: Mistake) -> Diagnostic | None:
    """`a if c else b`, `if c: a`, an `if` without `then` or `else`, `elif`."""
    words = [token.text for token in m.stack]
    if m.found.text == "if" and m.after_operand and "for" not in words and m.same_line:
        return m.error(
            "python-conditional",
            "a choice between two values starts with `if`: `if c then a else b`",
            label="`if` stands first",
        )
    word = m.previous
    if word.text in ("elif", "elseif", "elsif") and len(m.before) > 1 and m.before[-2].text == "}":
        return m.error(
            "foreign-word",
            f"`{word.shown}` is written `else if`",
            m.span(word, word),
            fixes=[
                m.write(
                    "else if", word, word, text=f"write `else if` for `{word.shown}`", safe=True
                )
            ],
        )
    if "then" in m.accepts and "{" not in m.accepts:
        return m.error(
            "missing-then",
            "an `if` between values needs `then`: `if c then a else b`",
            label="expected `then` before this",
        )
    if "else" in m.accepts and "then" in words and not m.starts_item:
        return m.error(
            "missing-else",
            "an `if` between values needs `else`, since there must be a value in both cases",
            label="expected `else` before this",
        )
    return None


def comprehension(m: Mistake) -> Diagnostic | None:
    """`for` on the wrong side, `if` for `where`, `where` for `when`."""
    words = [token.text for token in m.stack]
    if m.previous.text == "for" and len(m.before) > 1 and m.before[-2].text == "(":
        return m.error(
            "for-first",
            "the value comes before its `for`: `sum(e for i in S)`",
            m.span(m.previous, m.previous),
            "expected the value here",
        )
    if m.found.text == "for":
        if m.owner in ("require", "prefer") and ":" in words and m.opener is None:
            return m.error(
                "for-after-body",
                f"the `for` of a `{m.owner}` stands before the `:`",
                notes=[f"write `{m.owner} name for i in S: condition`"],
            )
        if m.owner == "let" and m.after_operand and m.opener is None:
            return m.error(
                "for-after-body",
                "a family of values has its indices behind the name",
                notes=["write `let x[i in S] = e`"],
            )
    filters = {"where", "when", "if"}
    if m.found.text in filters and m.previous.ends_operand:
        right = "where" if "where" in m.accepts else "when" if "when" in m.accepts else None
        if right is not None and right != m.found.text:
            return m.error(
                "where-or-when",
                f"the condition here is introduced by `{right}`, not by `{m.found.shown}`",
                fixes=[m.write(right, safe=m.found.text != "if")],
                notes=[
                    "`where` filters a `for` of values and constraints, "
                    "`when` guards choices, `let`s and loops"
                ],
            )
    return _no_where(m) if "for" in words else None


def _no_where(m: Mistake) -> Diagnostic | None:
    """`for i in S on[i]`, `for i in S, on[i]`: a condition that nothing introduces."""
    begins = m.found.kind == "word" and m.found.text not in RESERVED - {"not"}
    if begins and "where" in m.accepts and m.previous.ends_operand:
        return m.error(
            "where-or-when",
            "a condition behind `for` is introduced by `where`",
            label="expected `where` before this",
            fixes=[m.insert("where ", m.found.start, f"write `where` before `{m.found.shown}`")],
        )
    if m.accepts == {"in"} and len(m.before) > 1 and m.before[-2].text == ",":
        comma, name = m.before[-2:]
        return m.error(
            "where-or-when",
            "a condition behind `for` is introduced by `where`, not by a comma",
            m.span(comma, comma),
            f"only another `{name.shown} in S` can follow this",
            fixes=[m.write(" where", comma, comma)],
        )
    return None


def label_of_return(m: Mistake) -> Diagnostic | None:
    """`return op(x) as head`."""
    if m.found.text != "as" or not any(token.text == "return" for token in m.stack):
        return None
    return m.error(
        "return-label",
        "a `return` takes no label; the call gets it in a statement of its own",
        notes=[f"write `y = ... as {m.next.shown}` and `return y`"],
    )


def block(m: Mistake) -> Diagnostic | None:
    """`for i in S:` and `if c:` before a block."""
    if m.found.text == ":" and "{" in m.accepts and m.after_operand:
        return m.error(
            "colon-for-block",
            "a block stands in braces, not behind a colon",
            label="expected `{`",
        )
    return None


def square_set(m: Mistake) -> Diagnostic | None:
    """`[3, 5, 7]` as a set."""
    if m.found.text != "[" or not m.wants_operand:
        return None
    return m.error(
        "square-set",
        "square brackets hold indices and the values of a family; a set stands in braces",
        notes=["write `{3, 5, 7}` for a set and `1 .. 8` for a range"],
    )


def number_form(m: Mistake) -> Diagnostic | None:
    """`1e6`, `0x10`, `.5`, `5.`, `1,000`."""
    if m.found.text == "," and m.glued and (grouped := _grouped(m)) is not None:
        return grouped
    if m.found.text == "." and m.next.kind == "number" and m.next.start == m.found.end:
        return m.error(
            "number-form",
            f"a decimal needs a digit before the point: `0.{m.next.shown}`",
            m.span(m.found, m.next),
            fixes=[m.write("0.", text=f"write `0.{m.next.shown}`", safe=True)],
        )
    point, digits = m.previous, m.before[-2] if len(m.before) > 1 else m.previous
    if point.text == "." and digits.kind == "number" and digits.end == point.start:
        message = f"a decimal needs a digit behind the point: `{digits.shown}.0`"
        fix = m.write(".0", point, point, text=f"write `{digits.shown}.0`", safe=True)
        return m.error("number-form", message, m.span(digits, point), fixes=[fix])
    if not m.glued or m.previous.kind != "number":
        return None
    whole = m.span(m.previous, m.found)
    if re.fullmatch(r"[eE][0-9]*", m.found.text):
        short = re.fullmatch(r"[eE]([0-9]{1,2})", m.found.text)
        power = f"{m.previous.text} * 10 ^ {short.group(1)}" if short else ""
        digits_of = m.previous.text + "0" * int(short.group(1)) if short else ""
        plain = short is not None and "." not in m.previous.text and len(digits_of) <= 12
        written = f"{int(digits_of):_}" if plain else power
        return m.error(
            "number-form",
            "numbers have no exponents; write the digits, such as `1_000_000`, or `10 ^ 6`",
            whole,
            fixes=[m.write(written, m.previous, m.found, safe=plain)] if written else [],
        )
    if m.previous.text == "0" and re.fullmatch(r"[xXbBoO][0-9a-fA-F_]+", m.found.text):
        number = _based(f"0{m.found.text}")
        fixes = [m.write(number, m.previous, m.found, safe=True)] if number else []
        return m.error("number-form", "numbers are written in decimal digits", whole, fixes=fixes)
    return None


def _grouped(m: Mistake) -> Diagnostic | None:
    """`1,000,000`, where no comma may stand."""
    if not re.fullmatch(r"[0-9]{1,3}", m.previous.text):
        return None
    rest = re.match(r"(,[0-9]{3})+(?![\w.])", m.source.text[m.found.start :])
    if rest is None:
        return None
    number = m.previous.text + rest.group().replace(",", "_")
    last = Token("", m.found.start, m.found.start + rest.end(), "number")
    return m.error(
        "number-form",
        "groups of digits are separated by `_`, not by commas",
        m.span(m.previous, last),
        fixes=[m.write(number, m.previous, last)],
    )


def _based(text: str) -> str:
    """The decimal form of `0xff`, `0b101`, `0o17`, or an empty string."""
    try:
        return str(int(text, 0))
    except ValueError:
        return ""


def habits_in_range(m: Mistake) -> Diagnostic | None:
    """`{1 .. 8}` and `1 to 8`."""
    if m.found.text == ".." and m.opener is not None and m.opener.text == "{":
        return m.error(
            "range-in-braces",
            "a range stands without braces: `1 .. 8`",
            labels=[(m.opener, "a set starts here")],
            notes=["braces list single values: `{1, 2, 4}`"],
        )
    if m.found.text in ("to", "through", "until") and m.after_operand and m.same_line:
        return m.error(
            "foreign-word",
            f"a range is written with two dots, `1 .. 8`, not with `{m.found.shown}`",
            fixes=[m.write("..", safe=m.found.text != "until")],
        )
    return None


def row_arrow(m: Mistake) -> Diagnostic | None:
    """`1 => 2` or `1: 2` in a table."""
    if m.item != "table" or "->" not in m.accepts or m.found.text not in ("=", ":", "|", "=>"):
        return None
    return m.error(
        "row-arrow",
        f"`->` stands between the keys and the values of a {'row' if m.opener else 'table'}",
        label="expected `->`",
        fixes=[m.write("->", last=m.next if m.rest_is("=>") else None, safe=True)],
    )


RULES = (
    foreign_comment,
    semicolon,
    quotes,
    row_arrow,
    number_form,
    foreign_operator,
    conditional,
    comprehension,
    label_of_return,
    block,
    square_set,
    habits_in_range,
)
