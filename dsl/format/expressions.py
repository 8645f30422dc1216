"""The layout of expressions: a method for each rule of the grammar from `domain` down."""

from __future__ import annotations

from dataclasses import dataclass

from .documents import (
    Align,
    Chain,
    Document,
    Fill,
    Group,
    Indent,
    Word,
    before,
    first_word,
    spaced,
)
from .pieces import Children, Pieces

LEVELS = {"+": "sum", "-": "sum", "*": "product", "/": "product", "%": "product"}


@dataclass(slots=True)
class Choose(Align):
    """An `if` between values; one behind `else` becomes a part of it."""

    parts: list[Document]


class Expressions(Pieces):
    """From a domain to a literal."""

    def name(self, c: Children) -> Word:
        """Any word in the place of a name."""
        return self.word(c[0])

    entry = number = quantity = text = boolean = name

    def reference(self, c: Children) -> Document:
        """A name as an expression."""
        document: Document = c[0]
        return document

    # ------------------------------------------------------------------------------------- domains

    def range(self, c: Children) -> Document:
        """`lo .. hi step s`."""
        return spaced(self.documents(c))

    member = binder = arg = range

    set = index = Pieces.bracketed
    binders = names = args = paths = Pieces.listed
    path = over = at = field = call = Pieces.joined

    def forall(self, c: Children) -> Document:
        """`for i in S where c`."""
        keyword, binders, where, condition = self.documents(c)
        return Group([keyword, " ", binders, self.clause(where, condition)])

    def comprehension(self, c: Children) -> Document:
        """`e for i in S where c else d`."""
        body, loop, keyword, otherwise = self.documents(c)
        parts = [_deeper(body), *before(loop), loop]
        if keyword is not None:
            parts += [*before(keyword), keyword, " ", otherwise]
        return Align(Group(parts))

    # ----------------------------------------------------------------------------------- operators

    def binary(self, c: Children) -> Document:
        """Two operands; neighbours of one precedence are one chain."""
        left, operator, right = self.documents(c)
        if operator.text == "^":
            return [left, " ", operator, " ", right]
        level = LEVELS.get(operator.text, operator.text)
        gap = _gap(operator, right)
        if level == "implies" and isinstance(right, Chain) and right.level == level:
            right.parts[:0] = [left, *gap, operator, " "]  # it groups to the right
            return right
        same = isinstance(left, Chain) and left.level == level
        chain = left if same else _chain(level, left)
        if level == "product":
            chain.between.append(gap)
            chain.parts.append([operator, " ", right])
        else:
            chain.parts += [*gap, operator, " ", right]
        return chain

    def compare(self, c: Children) -> Chain:
        """`a <= b < c`."""
        first, *rest = self.documents(c)
        chain = _chain("compare", first)
        for operator, operand in zip(rest[::2], rest[1::2], strict=True):
            chain.parts += [*_gap(operator, operand), operator, " ", operand]
        return chain

    def unary(self, c: Children) -> Document:
        """`-x`, `not x`."""
        operator, operand = self.documents(c)
        return [operator, " " if operator.text == "not" else "", operand]

    def choose(self, c: Children) -> Document:
        """`if c then a else b`: an `if` behind `else` stands below the first one."""
        first, condition, then, value, other, otherwise = self.documents(c)
        parts = [first, " ", condition, self.clause(then, value), *before(other), other, " "]
        if isinstance(otherwise, Choose):
            return Choose(Group([*parts, *otherwise.parts]), [*parts, *otherwise.parts])
        return Choose(Group([*parts, otherwise]), [*parts, otherwise])

    def group(self, c: Children) -> Document:
        """`(e)`."""
        first, inner, last = self.documents(c)
        return [first, Align(inner), last]


def _gap(operator: Word, right: Document) -> list[Document]:
    """A break before an operator; a comment behind it stays behind the line that ends here."""
    word = first_word(right)
    if word is not None and word.comments and word.comments[0].behind and not operator.comments:
        operator.comments.append(word.comments.pop(0))
        while word.comments and word.comments[0].under:
            operator.comments.append(word.comments.pop(0))
    return before(operator)


def _chain(level: str, first: Document) -> Chain:
    """A chain of one operand; factors share lines, other operators begin them."""
    if level == "product":
        fill = Fill([first])
        return Chain(fill, level, fill.parts, fill.between)
    parts = [_deeper(first)]
    return Chain(Group(parts), level, parts, [])


def _deeper(document: Document) -> Document:
    """Set the operators of a chain apart from those of what it begins."""
    if isinstance(document, Chain):
        document.inner = Indent(2, document.inner)
    return document
