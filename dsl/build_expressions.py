"""Reductions of the expression rules of `grammar/arch.lark` to nodes."""

from __future__ import annotations

from fractions import Fraction
from typing import Any, NamedTuple

from . import nodes
from .build_parts import Children, Part, Parts, items
from .diagnostics import Edit, Fix
from .source import Span

ESCAPES = {'"': '"', "\\": "\\", "n": "\n"}


class _Generator(NamedTuple):
    """The inside of `sum(e for i in S where c else d)` before its function is known."""

    span: Span
    body: nodes.Expr
    binders: tuple[nodes.Binder, ...]
    where: nodes.Expr | None
    otherwise: nodes.Expr | None


class Expressions(Parts):
    """One method for each rule or alias from `domain` down to the literals."""

    # ------------------------------------------------------------------------------------ domains

    def range(self, c: Children) -> nodes.Range:
        """`lo .. hi step s`."""
        return nodes.Range(self.cover(c), c[0], c[2], c[4])

    def set(self, c: Children) -> nodes.Set:
        """`{a, b}`."""
        return nodes.Set(self.cover(c), tuple(c[1:-1:2]))

    def binder(self, c: Children) -> nodes.Binder:
        """`i in domain`."""
        return nodes.Binder(self.cover(c), c[0], c[2])

    def over(self, c: Children) -> Part:
        """`[i in S, j in T]`."""
        return Part(self.cover(c), c[1].items)

    def forall(self, c: Children) -> Part:
        """`for i in S where c`: the binders, and the condition as the last item."""
        return Part(self.cover(c), (*c[1].items, c[3]))

    binders = paths = names = args = Parts.listed

    # -------------------------------------------------------------------------------- expressions

    def choose(self, c: Children) -> nodes.Choose:
        """`if c then a else b`."""
        return nodes.Choose(self.cover(c), c[1], c[3], c[5])

    def binary(self, c: Children) -> nodes.Binary:
        """Two operands and the operator between them."""
        left, operator, right = c
        span = Span(self.source, left.span.start, right.span.end)
        return nodes.Binary(span, operator.value, left, right)

    def unary(self, c: Children) -> nodes.Unary:
        """`-x`, `not x`."""
        return nodes.Unary(self.cover(c), c[0].value, c[1])

    def compare(self, c: Children) -> nodes.Compare:
        """`a <= b < c`."""
        operators: tuple[Any, ...] = tuple(token.value for token in c[1::2])
        return nodes.Compare(self.cover(c), tuple(c[::2]), operators)

    def member(self, c: Children) -> nodes.Member:
        """`x in domain`."""
        return nodes.Member(self.cover(c), c[0], c[2])

    def at(self, c: Children) -> nodes.Index:
        """`x[i, j]`."""
        return nodes.Index(self.cover(c), c[0], c[1].items)

    def field(self, c: Children) -> nodes.Field:
        """`x.name`."""
        return nodes.Field(self.cover(c), c[0], c[2])

    def call(self, c: Children) -> nodes.Call | nodes.Comprehension:
        """`f(a, k = b)` or `f(e for i in S)`."""
        function, _, inside, _ = c
        span = self.cover(c)
        if isinstance(inside, _Generator):
            return nodes.Comprehension(span, function, *inside[1:])
        return nodes.Call(span, function, items(inside))

    def arg(self, c: Children) -> nodes.Argument:
        """`e` or `name = e`."""
        return nodes.Argument(self.cover(c), c[0] if len(c) == 3 else None, c[-1])

    def comprehension(self, c: Children) -> _Generator:
        """`e for i in S where c else d`."""
        body, forall, _, otherwise = c
        return _Generator(self.cover(c), body, forall.items[:-1], forall.items[-1], otherwise)

    index = Parts.bracketed

    def path(self, c: Children) -> Part:
        """`a.b.c`."""
        return self.listed(c)

    # ------------------------------------------------------------------------------------- atoms

    def reference(self, c: Children) -> nodes.Name:
        """A name as an expression."""
        return nodes.Name(c[0].span, c[0].text)

    def group(self, c: Children) -> nodes.Group:
        """`(e)`."""
        return nodes.Group(self.cover(c), c[1])

    def boolean(self, c: Children) -> nodes.Bool:
        """`true`, `false`."""
        return nodes.Bool(self.cover(c), c[0].value == "true")

    def number(self, c: Children) -> nodes.Number:
        """A literal without unit."""
        span = self.cover(c)
        return nodes.Number(span, self.rational(c[0].value, span))

    def quantity(self, c: Children) -> nodes.Quantity:
        """A literal with unit; the unit begins at the first letter."""
        span, text = self.cover(c), c[0].value
        cut = next(i for i, character in enumerate(text) if character.isalpha())
        return nodes.Quantity(span, self.rational(text[:cut].rstrip(), span), text[cut:])

    def text(self, c: Children) -> nodes.Text:
        """A string; its escapes are resolved here."""
        span, raw = self.cover(c), c[0].value[1:-1]
        if "\\" not in raw:
            return nodes.Text(span, raw)
        pieces = []
        i = 0
        while i < len(raw):
            if raw[i] == "\\":
                i += 1
                at = span.start + i
                if raw[i] not in ESCAPES:
                    self.report(
                        "unknown-escape",
                        f'strings know no `\\{raw[i]}`, only `\\"`, `\\\\` and `\\n`',
                        Span(self.source, at, at + 2),
                        fixes=(
                            Fix(
                                "write `\\\\` for a backslash",
                                edit=Edit(Span(self.source, at, at + 1), "\\\\"),
                            ),
                        ),
                    )
                pieces.append(ESCAPES.get(raw[i], raw[i]))
            else:
                pieces.append(raw[i])
            i += 1
        return nodes.Text(span, "".join(pieces))

    def rational(self, text: str, span: Span) -> Fraction:
        """The exact value of a decimal literal."""
        limits = span.source.limits
        if len(text) > limits.digits:
            self.report(
                "number-too-long",
                f"this number has {len(text)} characters, at most {limits.digits} are allowed",
                span,
                notes=(limits.note("digits"),),
            )
            return Fraction(0)
        whole, _, decimals = text.replace("_", "").partition(".")
        if not decimals:
            return Fraction(int(whole))
        return Fraction(int(whole + decimals), 10 ** len(decimals))
