"""The layout of what stands at the top of a file."""

from __future__ import annotations

from .documents import (
    HARD,
    LINE,
    Document,
    Fill,
    Group,
    Indent,
    Tab,
    before,
    spaced,
)
from .pieces import Children
from .rows import Tables

VALUE, SIGN, LABEL = Tab("value"), Tab("="), Tab("label")


class Items(Tables):
    """From the whole file down to the lines of blocks; statements of networks are apart."""

    def start(self, c: Children) -> Document:
        """The whole file."""
        end = self.trivia.word(len(self.trivia.text), "")
        return self.stacked(self.documents(c), end)

    def header(self, c: Children) -> Document:
        """`arch 1`."""
        return self.own("header", spaced(self.documents(c)))

    def import_(self, c: Children) -> Document:
        """`import std.nn as nn with { ... }`."""
        keyword, origin, as_, alias, with_, bindings = self.documents(c)
        head = [keyword, " ", origin, LABEL, as_, " ", alias]
        return self.own("import", *head, self.clause(with_, bindings))

    def param(self, c: Children) -> Document:
        """`param n: domain = default`."""
        keyword, name, colon, domain, sign, default = self.documents(c)
        head = [keyword, " ", name, colon, VALUE, Indent(4, domain)]
        return self.own("param", *head, *self.default(sign, default))

    def let(self, c: Children) -> Document:
        """`let x[i in S] = e when g`."""
        keyword, name, over, sign, value, when, guard = self.documents(c)
        head = [keyword, " ", name, over, SIGN]
        return self.own("let", *head, self.equals(sign, value), self.clause(when, guard))

    def fn(self, c: Children) -> Document:
        """`fn f(a) = e`."""
        keyword, name, first, parameters, last, sign, body = self.documents(c)
        head = [keyword, " ", name, first, parameters, last, SIGN]
        return self.own("fn", *head, self.equals(sign, body))

    def enum(self, c: Children) -> Document:
        """`enum E { a, b }`."""
        keyword, name, first, members, last = self.documents(c)
        return self.own("enum", keyword, " ", name, Tab("{"), first, " ", members, " ", last)

    # ----------------------------------------------------------------------------- records, spaces

    def schema(self, c: Children) -> Document:
        """`schema S { ... }`."""
        keyword, name, *block = c
        return self.own("schema", self.word(keyword), " ", name, " ", self.block(block))

    def field_of_schema(self, c: Children) -> Document:
        """`name: unit = default`."""
        name, colon, unit, sign, default = self.documents(c)
        return self.own("field", name, colon, VALUE, unit, *self.default(sign, default))

    def hardware(self, c: Children) -> Document:
        """`hardware h is S { ... }` or `hardware h is S given`."""
        return self.own("hardware", spaced(self.documents(c)))

    def setting(self, c: Children) -> Document:
        """`name = value`."""
        name, sign, value = self.documents(c)
        return self.own("setting", name, SIGN, self.equals(sign, value))

    def space(self, c: Children) -> Document:
        """`space s { ... }`."""
        keyword, name, *block = c
        return self.own("space", self.word(keyword), " ", name, " ", self.block(block))

    def choice(self, c: Children) -> Document:
        """`k[i in S]: domain when c`."""
        name, over, colon, domain, when, guard = self.documents(c)
        found = [name, over, colon, VALUE, Indent(4, domain)]
        if when is not None:
            *comments, _ = before(when)
            found.append(Group(Indent(2, [*comments, Tab("when", ends=True), when, " ", guard])))
        return self.own("choice", *found)

    # ----------------------------------------------------------------- conditions, goals and claims

    def require(self, c: Children) -> Document:
        """`require r for i in S where c: e because "..."`."""
        keyword, name, loop, colon, body, because, reason = self.documents(c)
        head = [keyword, " ", name, *([" ", loop] if loop else []), colon]
        return self.condition("require", head, body, because, reason, loop is None)

    def prefer(self, c: Children) -> Document:
        """`prefer p for i in S weight w: e because "..."`."""
        keyword, name, loop, weight, value, colon, body, because, reason = self.documents(c)
        head = [keyword, " ", name, *([" ", loop] if loop else [])]
        head += [self.clause(weight, value, by=4), colon]
        return self.condition("prefer", head, body, because, reason, loop is None)

    def condition(
        self,
        kind: str,
        head: list[Document],
        body: Document,
        because: Document | None,
        reason: Document,
        plain: bool,
    ) -> Document:
        """Lay out a condition behind its name and the reason below; `plain` ones share columns."""
        gap = [Tab("value", ends=True)] if plain and because is None else [LINE]
        condition = Group([*head, Indent(4, [*before(body)[:-1], *gap, body])])
        if because is None:
            return self.own(kind, condition)
        return self.own(kind, condition, Indent(2, [*before(because, HARD), because, " ", reason]))

    def optimize(self, c: Children) -> Document:
        """`optimize lex { ... }`."""
        keyword, mode, *block = c
        return self.own(
            "optimize", self.word(keyword), " ", self.word(mode), " ", self.block(block)
        )

    def single(self, c: Children) -> Document:
        """A goal without a block."""
        goal: Document = c[0]
        return goal

    def goal(self, c: Children) -> Document:
        """`minimize e as name`."""
        sense, value, as_, name = self.documents(c)
        label = [] if as_ is None else [LABEL, as_, " ", name]
        return self.own("goal", sense, " ", value, *label)

    def expect(self, c: Children) -> Document:
        """`expect claim with { ... } without a, b`."""
        keyword, claim, with_, fixes, without, names = self.documents(c)
        clauses = [[with_, " ", fixes]] * (with_ is not None)
        clauses += [[without, " ", names]] * (without is not None)
        if not clauses:
            return self.own("expect", keyword, " ", claim)
        below = Fill([*clauses], [before(clause) for clause in clauses[1:]])
        return self.own(
            "expect", Group([keyword, " ", claim, Indent(2, [*before(clauses[0]), below])])
        )

    def sat(self, c: Children) -> Document:
        """A claim, as its words."""
        return spaced(self.documents(c))

    unsat = count_is = front_is = value_is = sat

    def best_is(self, c: Children) -> Document:
        """`best goal == e`."""
        keyword, path, index, *rest = self.documents(c)
        return [keyword, " ", path, *([index] if index else []), Tab("="), *spaced(rest)]

    def domain_is(self, c: Children) -> Document:
        """`domain x is { ... }`."""
        keyword, path, index, *rest = self.documents(c)
        return [keyword, " ", path, *([index] if index else []), " ", *spaced(rest)]

    # --------------------------------------------------------------------------------------- pieces

    unit = Tables.joined
    settings = Tables.block
    assigns = Tables.braced
    values = Tables.bracketed

    def assign(self, c: Children) -> Document:
        """`x[i] = e`."""
        path, index, sign, value = self.documents(c)
        return [path, *([index] if index else []), " ", sign, " ", value]

    def default(self, sign: Document | None, value: Document) -> list[Document]:
        """`= value`, where there is one."""
        return [] if sign is None else [SIGN, self.equals(sign, value)]
