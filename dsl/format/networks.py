"""The layout of ops, networks and their statements."""

from __future__ import annotations

from .documents import HARD, LINE, SOFT, Break, Document, Group, Indent, Tab, before, spaced
from .items import VALUE, Items
from .pieces import Children


class Layout(Items):
    """Every rule of the grammar."""

    def op(self, c: Children) -> Document:
        """`op f(x: tensor[C]) -> tensor[C] builtin { ... }`."""
        keyword, name, first, formals, last, arrow, result, *rest = self.documents(c)
        body = rest.pop()
        signature = self.signature(first, formals, last)
        head: list[Document] = [keyword, " ", name, signature]
        if arrow is not None:
            end = Break(instead=signature)
            head.append(Indent(2, [*before(arrow, end), *spaced([arrow, result, *rest])]))
        elif any(rest):
            head += [" ", *spaced(rest)]
        return self.own("op", Group(head), " ", body)

    network = op

    def formals(self, c: Children) -> list[Document]:
        """Formals and the commas behind them, set by the op."""
        return self.documents(c)

    def signature(self, first: Document, formals: list[Document], last: Document) -> Group:
        """`(formals)` on one line, or a formal a line."""
        inner: list[Document] = []
        for i in range(0, len(formals), 2):
            inner += [*before(formals[i], LINE if i else SOFT), *formals[i : i + 2]]
        return Group([first, Indent(2, inner), *before(last, SOFT), last])

    def formal(self, c: Children) -> Document:
        """`x[i in S]: tensor[C]` or `k: domain = default`."""
        name, over, colon, kind, sign, default = self.documents(c)
        typed = [] if colon is None else [colon, VALUE, kind]
        return self.own("formal", name, over, *typed, *self.default(sign, default))

    tensor = Items.joined
    body = Items.block

    def bind(self, c: Children) -> Document:
        """`x[i] = e as label[j]`."""
        name, index, sign, value, as_, label, label_index = self.documents(c)
        found = [name, index, " ", self.equals(sign, value)]
        if as_ is not None:
            found += [Tab("as"), as_, " ", label, label_index]
        return self.own("bind", *found)

    def loop(self, c: Children) -> Document:
        """`for i in S when c { ... }`."""
        keyword, binders, when, guard, block = self.documents(c)
        return self.own("loop", keyword, " ", binders, self.clause(when, guard, by=4), " ", block)

    def branch(self, c: Children) -> Document:
        """`if c { ... } else { ... }`; `else` begins a line."""
        keyword, condition, block, other, otherwise = self.documents(c)
        found = [keyword, " ", condition, " ", block]
        if other is not None:
            found += [*before(other, HARD), other, " ", otherwise]
        return self.own("branch", *found)

    def return_(self, c: Children) -> Document:
        """`return e`."""
        keyword, value = self.documents(c)
        return self.own("return", keyword, " ", value)
