"""Integer expressions: operators build interned nodes in the table of one `Problem`.

A truth value is an integer expression with bounds 0 .. 1. Every node knows its bounds, computed
with Python integers, so nothing here can wrap; what does not fit 64 bits is refused when a problem
is compiled.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum
from types import SimpleNamespace
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from .problem import Problem


class Kind(IntEnum):
    """The kinds of node. `args` are node numbers, `data` what is not a node."""

    CONSTANT = 0  # data: the value
    VARIABLE = 1  # data: index of the variable
    SUM = 2  # constant + sum of coefficient * arg;     data: (constant, coefficients)
    PRODUCT = 3  # product of at least two args, sorted; squares appear twice
    QUOTIENT = 4  # floor(a / b), b >= 1
    REMAINDER = 5  # a - b * floor(a / b), b >= 1
    MINIMUM = 6
    MAXIMUM = 7
    ABSOLUTE = 8
    CHOOSE = 9  # args: condition, then, otherwise
    LOOKUP = 10  # args: the keys;                      data: (table, column)
    AT_MOST_ZERO = 11  # arg <= 0
    IS_ZERO = 12  # arg == 0
    AND = 13
    OR = 14
    NOT = 15
    AMONG = 16  # arg in a set;                         data: sorted values
    DIVIDES = 17  # args: a, b; some whole q has b == a * q, so 0 divides only 0
    ALL_DIFFERENT = 18
    HAS_ROW = 19  # the keys have a row in the table;   data: table


if TYPE_CHECKING:
    Op: TypeAlias = Kind
else:
    Op = SimpleNamespace(**Kind.__members__)  # CPython 3.11 calls functions to find a `Kind.SUM`


class Expr:
    """A node of a problem, with Python's operators.

    `==`, `<=`, ... build truth expressions (use `is` or `.node` to compare identities); `&`, `|`
    and `~` combine them. `//` and `%` floor, as in Python, and need a divisor of at least 1.
    """

    __slots__ = ("node", "problem")

    def __init__(self, problem: Problem, node: int) -> None:
        self.problem = problem
        self.node = node

    @property
    def lo(self) -> int:
        """A lower bound that follows from the domains of the variables."""
        return self.problem.bounds[self.node][0]

    @property
    def hi(self) -> int:
        """An upper bound that follows from the domains of the variables."""
        return self.problem.bounds[self.node][1]

    @property
    def op(self) -> Op:
        """The kind of the node."""
        return self.problem.ops[self.node]

    @property
    def constant(self) -> int | None:
        """The value of a constant expression, else None."""
        lo, hi = self.problem.bounds[self.node]
        return lo if lo == hi else None

    def __add__(self, other: Expr | int) -> Expr:
        return self.problem.sum([self, other])

    __radd__ = __add__

    def __sub__(self, other: Expr | int) -> Expr:
        return self.problem.sum([self, other], [1, -1])

    def __rsub__(self, other: Expr | int) -> Expr:
        return self.problem.sum([other, self], [1, -1])

    def __neg__(self) -> Expr:
        return self.problem.sum([self], [-1])

    def __mul__(self, other: Expr | int) -> Expr:
        return self.problem.product([self, other])

    __rmul__ = __mul__

    def __pow__(self, exponent: int) -> Expr:
        return self.problem.product([self] * exponent)

    def __floordiv__(self, other: Expr | int) -> Expr:
        return self.problem.quotient(self, other)

    def __rfloordiv__(self, other: int) -> Expr:
        return self.problem.quotient(other, self)

    def __mod__(self, other: Expr | int) -> Expr:
        return self.problem.remainder(self, other)

    def __rmod__(self, other: int) -> Expr:
        return self.problem.remainder(other, self)

    def __abs__(self) -> Expr:
        return self.problem.absolute(self)

    def __le__(self, other: Expr | int) -> Expr:
        return self.problem.at_most_zero(self - other)

    def __ge__(self, other: Expr | int) -> Expr:
        return self.problem.at_most_zero(other - self)

    def __lt__(self, other: Expr | int) -> Expr:
        return self.problem.at_most_zero(self - other + 1)

    def __gt__(self, other: Expr | int) -> Expr:
        return self.problem.at_most_zero(other - self + 1)

    def __eq__(self, other: object) -> Expr:  # type: ignore[override]
        if not isinstance(other, Expr | int):
            return NotImplemented
        return self.problem.is_zero(self - other)

    def __ne__(self, other: object) -> Expr:  # type: ignore[override]
        if not isinstance(other, Expr | int):
            return NotImplemented
        return ~self.problem.is_zero(self - other)

    def __invert__(self) -> Expr:
        return self.problem.negation(self)

    def __and__(self, other: Expr | bool) -> Expr:
        return self.problem.conjunction([self, other])

    __rand__ = __and__

    def __or__(self, other: Expr | bool) -> Expr:
        return self.problem.disjunction([self, other])

    __ror__ = __or__

    def implies(self, other: Expr | bool) -> Expr:
        """`other` holds wherever this one does."""
        return self.problem.disjunction([~self, other])

    def iff(self, other: Expr | bool) -> Expr:
        """Both hold or neither."""
        return self.problem.is_zero(self - other)

    def among(self, values: Iterable[int]) -> Expr:
        """The value is one of `values`."""
        return self.problem.among(self, values)

    def divides(self, other: Expr | int) -> Expr:
        """Some whole q has other == self * q; 0 divides only 0."""
        return self.problem.divides(self, other)

    def __bool__(self) -> bool:
        raise TypeError("the truth of an expression is known only in a solution; use & | ~")

    def __hash__(self) -> int:
        return hash((id(self.problem), self.node))

    def __repr__(self) -> str:
        return self.problem.text(self.node)
