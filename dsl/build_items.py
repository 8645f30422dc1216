"""Reductions of the item and statement rules of `grammar/arch.lark` to nodes."""

from __future__ import annotations

from fractions import Fraction

from . import nodes
from .build_expressions import Expressions
from .build_parts import Children, Part, Parts, items
from .source import Span

VERSIONS = (Fraction(1),)


class Items(Expressions):
    """One method for each rule or alias from `start` down to the statements and claims."""

    def start(self, c: Children) -> nodes.File:
        """The whole file."""
        span = Span(self.source, 0, len(self.source.text))
        return nodes.File(span, self.source, c[0], tuple(c[1:]))

    def rest(self, c: Children) -> tuple[nodes.Item, ...]:
        """The items behind a mistake; only their own mistakes are of interest."""
        return tuple(c)

    def header(self, c: Children) -> Fraction:
        """`arch 1`."""
        span = Span(self.source, c[1].start_pos, c[1].end_pos)
        version = self.rational(c[1].value, span)
        if version not in VERSIONS:
            self.report(
                "unknown-version",
                f"this is a spec of version {c[1].value}, and only version 1 is known",
                span,
                notes=("start the file with `arch 1`, or use a newer archwright",),
            )
        return version

    def import_(self, c: Children) -> nodes.Import:
        """`import std.nn as nn with { ... }`."""
        _, origin, _, alias, _, bindings = c
        span = self.cover(c)
        if isinstance(origin, nodes.Text):
            return nodes.Import(span, (), origin, alias, items(bindings))
        return nodes.Import(span, origin.items, None, alias, items(bindings))

    def param(self, c: Children) -> nodes.Param:
        """`param n: domain = default`."""
        _, name, _, domain, _, default = c
        return nodes.Param(self.cover(c), name, domain, default)

    def let(self, c: Children) -> nodes.Let:
        """`let x[i in S] = e when g`."""
        _, name, over, _, value, _, guard = c
        return nodes.Let(self.cover(c), name, items(over), value, guard)

    def fn(self, c: Children) -> nodes.Fn:
        """`fn f(a) = e`."""
        _, name, _, parameters, _, _, body = c
        return nodes.Fn(self.cover(c), name, items(parameters), body)

    def enum(self, c: Children) -> nodes.Enum:
        """`enum E { a, b }`."""
        return nodes.Enum(self.cover(c), c[1], c[3].items)

    # ------------------------------------------------------------------------- tables and records

    def table(self, c: Children) -> nodes.Table:
        """`table t(keys) -> (values) source partial`."""
        _, name, _, keys, _, _, _, values, _, source, partial = c
        span = self.cover(c)
        return nodes.Table(span, name, keys.items, values.items, source, partial is not None)

    columns = cells = formals = Parts.listed

    def column(self, c: Children) -> nodes.Column:
        """`name: unit`."""
        return nodes.Column(self.cover(c), c[0], c[2])

    def rows(self, c: Children) -> nodes.Rows:
        """`{ ... }`."""
        return nodes.Rows(self.cover(c), tuple(c[1:-1]))

    def row(self, c: Children) -> nodes.Row:
        """`keys -> values`."""
        return nodes.Row(self.cover(c), c[0].items, c[2].items)

    def cell(self, c: Children) -> nodes.Expr:
        """A literal, or a path to an enumerator as the expression that names it."""
        cell = c[-1]
        if isinstance(cell, Part):
            first, *rest = cell.items
            expression: nodes.Expr = nodes.Name(first.span, first.text)
            for name in rest:
                expression = nodes.Field(first.span.to(name.span), expression, name)
            return expression
        if len(c) == 2 and c[0] is not None:
            return nodes.Unary(self.cover(c), "-", cell)
        assert isinstance(cell, nodes.Expr)
        return cell

    def from_file(self, c: Children) -> nodes.FromFile:
        """`from "x.csv"`."""
        return nodes.FromFile(self.cover(c), c[1])

    def given(self, c: Children) -> nodes.Given:
        """`given`."""
        return nodes.Given(self.cover(c))

    def schema(self, c: Children) -> nodes.Schema:
        """`schema S { ... }`."""
        return nodes.Schema(self.cover(c), c[1], tuple(c[3:-1]))

    def field_of_schema(self, c: Children) -> nodes.SchemaField:
        """`name: unit = default`."""
        return nodes.SchemaField(self.cover(c), c[0], c[2], c[4])

    def hardware(self, c: Children) -> nodes.Hardware:
        """`hardware h is S { ... }` or `hardware h is S given`."""
        _, name, _, base, filling = c
        given = filling if isinstance(filling, nodes.Given) else None
        settings = filling.items if given is None else ()
        path = items(base)
        return nodes.Hardware(self.cover(c), name, path, given, settings)

    settings = Parts.enclosed

    def setting(self, c: Children) -> nodes.Setting:
        """`name = value`."""
        return nodes.Setting(self.cover(c), c[0], c[2])

    def unit(self, c: Children) -> nodes.Unit:
        """`KiB`, `MAC/cycle`, `1/s`, `1`, an enum."""
        numerator, _, denominator = c
        above = numerator.items if isinstance(numerator, Part) else numerator.value
        below = None if denominator is None else denominator.items
        return nodes.Unit(self.cover(c), above, below)

    # ------------------------------------------------------------------------ spaces and networks

    def space(self, c: Children) -> nodes.Space:
        """`space s { ... }`."""
        return nodes.Space(self.cover(c), c[1], tuple(c[3:-1]))

    def choice(self, c: Children) -> nodes.Choice:
        """`k[i in S]: domain when c`."""
        name, over, _, domain, _, guard = c
        return nodes.Choice(self.cover(c), name, items(over), domain, guard)

    def op(self, c: Children) -> nodes.Op:
        """`op f(x: tensor[C]) -> tensor[C] builtin { ... }`."""
        _, name, _, formals, _, _, result, builtin, body = c
        return nodes.Op(
            self.cover(c), name, formals.items, result, builtin is not None, False, body.items
        )

    def network(self, c: Children) -> nodes.Op:
        """`network f(x: tensor[C]) -> tensor[C] { ... }`."""
        _, name, _, formals, _, _, result, body = c
        return nodes.Op(self.cover(c), name, formals.items, result, False, True, body.items)

    def formal(self, c: Children) -> nodes.Formal:
        """`x[i in S]: tensor[C]` or `k: domain = default`."""
        name, over, _, kind, _, default = c
        return nodes.Formal(self.cover(c), name, items(over), kind, default)

    def tensor(self, c: Children) -> nodes.Tensor:
        """`tensor[C, H, W]`."""
        return nodes.Tensor(self.cover(c), c[1].items)

    body = block = Parts.enclosed

    def bind(self, c: Children) -> nodes.Bind:
        """`x[i] = e as label[j]`."""
        name, index, _, value, _, label, label_index = c
        return nodes.Bind(self.cover(c), name, items(index), value, label, items(label_index))

    def loop(self, c: Children) -> nodes.Loop:
        """`for i in S when c { ... }`."""
        _, binders, _, guard, block = c
        return nodes.Loop(self.cover(c), binders.items, guard, block.items)

    def branch(self, c: Children) -> nodes.Branch:
        """`if c { ... } else { ... }`."""
        _, condition, block, _, other = c
        otherwise = (other,) if isinstance(other, nodes.Branch) else items(other)
        return nodes.Branch(self.cover(c), condition, block.items, otherwise)

    def return_(self, c: Children) -> nodes.Return:
        """`return e`."""
        return nodes.Return(self.cover(c), c[1])

    # -------------------------------------------------------------- conditions, goals and claims

    def require(self, c: Children) -> nodes.Require:
        """`require r for i in S where c: e because "..."`."""
        _, name, forall, _, body, _, reason = c
        *binders, where = items(forall) or (None,)
        return nodes.Require(self.cover(c), name, tuple(binders), where, body, reason)

    def prefer(self, c: Children) -> nodes.Prefer:
        """`prefer p for i in S weight w: e because "..."`."""
        _, name, forall, _, weight, _, body, _, reason = c
        *binders, where = items(forall) or (None,)
        return nodes.Prefer(self.cover(c), name, tuple(binders), where, weight, body, reason)

    def single(self, c: Children) -> nodes.Optimize:
        """One goal without a block."""
        return nodes.Optimize(c[0].span, "single", (c[0],))

    def optimize(self, c: Children) -> nodes.Optimize:
        """`optimize lex { ... }`, `optimize pareto { ... }`."""
        return nodes.Optimize(self.cover(c), c[1].value, tuple(c[3:-1]))

    def goal(self, c: Children) -> nodes.Goal:
        """`minimize e as name`."""
        sense, value, _, name = c
        return nodes.Goal(self.cover(c), sense.value, value, name)

    def expect(self, c: Children) -> nodes.Expect:
        """`expect claim with { ... } without a, b`."""
        _, claim, _, fixes, _, without = c
        dropped = tuple(path.items for path in items(without))
        return nodes.Expect(self.cover(c), claim, items(fixes), dropped)

    def sat(self, c: Children) -> nodes.Sat:
        """`sat`."""
        return nodes.Sat(self.cover(c))

    def unsat(self, c: Children) -> nodes.Unsat:
        """`unsat by a, b`."""
        return nodes.Unsat(self.cover(c), tuple(path.items for path in items(c[2])))

    def count_is(self, c: Children) -> nodes.CountIs:
        """`count == e`."""
        return nodes.CountIs(self.cover(c), c[1].value, c[2])

    def front_is(self, c: Children) -> nodes.FrontIs:
        """`front == e`."""
        return nodes.FrontIs(self.cover(c), c[1].value, c[2])

    def best_is(self, c: Children) -> nodes.BestIs:
        """`best goal == e`."""
        _, path, index, operator, value = c
        return nodes.BestIs(self.cover(c), path.items, items(index), operator.value, value)

    def value_is(self, c: Children) -> nodes.ValueIs:
        """`value e`."""
        return nodes.ValueIs(self.cover(c), c[1])

    def domain_is(self, c: Children) -> nodes.DomainIs:
        """`domain x is { ... }`."""
        _, path, index, _, domain = c
        return nodes.DomainIs(self.cover(c), path.items, items(index), domain)

    assigns = Parts.bracketed

    def assign(self, c: Children) -> nodes.Assign:
        """`x[i] = e`."""
        path, index, _, value = c
        return nodes.Assign(self.cover(c), path.items, items(index), value)

    def values(self, c: Children) -> nodes.Values:
        """`[a, _, b]`."""
        return nodes.Values(self.cover(c), tuple(map(_open, c[1:-1:2])))


def _open(value: nodes.Expr | nodes.Values) -> nodes.Expr | nodes.Open | nodes.Values:
    """A value of a list, `_` told from names."""
    blank = isinstance(value, nodes.Name) and value.text == "_"
    return nodes.Open(value.span) if blank else value
