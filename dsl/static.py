"""What the text alone says about values: constants, sets of constants, and bounds.

Constants are exact: a `Fraction` in base units, a `bool`, or the `EnumName` of an enumerator. An
expression that is no constant, or too large to be written out, has the value None.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, TypeAlias

from . import nodes
from .spec import Builtin, EnumName, Target, Use
from .units import find_unit
from .walk import run

Constant: TypeAlias = Fraction | bool | EnumName | None
Bounds: TypeAlias = tuple[Fraction | None, Fraction | None]  # None: no bound known
Step: TypeAlias = Generator[nodes.Node, Any, Any]

MOST_BITS = 100_000  # of a constant power
MOST_COMBINATIONS = 10_000  # of binders, when a condition on them is tried out


@dataclass(frozen=True)
class Constants:
    """Evaluates constant expressions.

    Parameters
    ----------
    use : callable
        What a `Name` or `Field` refers to.
    binders : mapping of node to Constant
        Values of binders, while their combinations are tried.
    """

    use: Callable[[nodes.Node], Use | None]
    binders: Mapping[nodes.Node, Constant] = field(default_factory=dict)

    def value(self, node: nodes.Node) -> Constant:
        """The value of an expression, None if it is not constant."""
        result: Constant = run(self._rule, node)
        return result

    def _rule(self, node: nodes.Node) -> Step:
        if isinstance(node, nodes.Number | nodes.Bool):
            return node.value
        if isinstance(node, nodes.Quantity):
            found = find_unit(node.unit)
            return None if found is None else node.value * found[0]
        if isinstance(node, nodes.Name | nodes.Field):
            use = self.use(node)
            if isinstance(use, EnumName):
                return EnumName(use.enum, use.position)
            return self.binders.get(use.node) if isinstance(use, Target) else None
        if isinstance(node, nodes.Group):
            return (yield node.inner)
        if isinstance(node, nodes.Unary):
            inner = yield node.operand
            if node.op == "not":
                return not inner if isinstance(inner, bool) else None
            return -inner if isinstance(inner, Fraction) else None
        if isinstance(node, nodes.Binary):
            left = yield node.left
            right = yield node.right
            return _binary(node.op, left, right)
        if isinstance(node, nodes.Compare):
            values = []
            for operand in node.operands:
                values.append((yield operand))
            return _compare(node.ops, values)
        if isinstance(node, nodes.Member) and isinstance(node.domain, nodes.Set):
            item = yield node.item
            items = []
            for member in node.domain.items:
                items.append((yield member))
            return None if item is None or None in items else item in items
        if isinstance(node, nodes.Choose):
            condition = yield node.condition
            if not isinstance(condition, bool):
                return None
            return (yield node.then if condition else node.otherwise)
        if isinstance(node, nodes.Call):
            use = self.use(node.function)
            arguments = []
            for argument in node.arguments:
                arguments.append((yield argument.value))
            if isinstance(use, Builtin) and all(isinstance(a, Fraction) for a in arguments):
                return _call(use.name, arguments)
        return None


def _binary(op: str, left: Constant, right: Constant) -> Constant:
    if isinstance(left, bool) and isinstance(right, bool):
        logic = {
            "and": left and right,
            "or": left or right,
            "implies": right or not left,
            "iff": left == right,
        }
        return logic.get(op)
    if not isinstance(left, Fraction) or not isinstance(right, Fraction):
        return None
    if op == "+":
        return left + right
    if op == "-":
        return left - right
    if op == "*":
        return left * right
    if op == "/" and right:
        return left / right
    if op == "%" and right > 0:
        return left % right
    if op == "divides":
        return left == right == 0 if left == 0 else (right / left).denominator == 1
    if op == "^" and right.denominator == 1 and (left or right >= 0):
        bits = max(left.numerator.bit_length(), left.denominator.bit_length())
        return Fraction(left**right.numerator) if bits * abs(right) <= MOST_BITS else None
    return None


def _compare(ops: tuple[str, ...], values: list[Constant]) -> Constant:
    for op, left, right in zip(ops, values, values[1:], strict=False):
        if left is None or right is None:
            return None
        if op in ("==", "!="):
            holds = (left == right) == (op == "==")
        elif isinstance(left, Fraction) and isinstance(right, Fraction):
            holds = {"<": left < right, "<=": left <= right, ">": left > right}.get(
                op, left >= right
            )
        else:
            return None
        if not holds:
            return False
    return True


def _call(name: str, arguments: list[Fraction]) -> Constant:
    if name in ("max", "min") and arguments:
        return max(arguments) if name == "max" else min(arguments)
    if len(arguments) != 1:
        return None
    value = arguments[0]
    if name == "abs":
        return abs(value)
    if name in ("floor", "ceil"):
        return Fraction(math.floor(value) if name == "floor" else math.ceil(value))
    return value if name == "exact" and value.denominator == 1 else None


@dataclass(frozen=True)
class ConstantSet:
    """A domain of which everything is constant: a range with its step, or listed values.

    Without a step it is all that lies between the ends.
    """

    lo: Fraction | None = None
    hi: Fraction | None = None
    step: Fraction | None = Fraction(1)
    listed: tuple[Constant, ...] = ()

    def __contains__(self, value: object) -> bool:
        if self.lo is None or self.hi is None:
            return value in self.listed
        return (
            isinstance(value, Fraction)
            and self.lo <= value <= self.hi
            and (self.step is None or ((value - self.lo) / self.step).denominator == 1)
        )

    def values(self, most: int) -> list[Constant] | None:
        """All values, None if they are more than `most`."""
        if self.lo is None or self.hi is None:
            return list(self.listed)
        if self.step is None:
            return None
        n = math.floor((self.hi - self.lo) / self.step) + 1
        return None if n > most else [self.lo + i * self.step for i in range(n)]


def constant_set(
    domain: nodes.Domain, constants: Constants, *, dense: bool = False
) -> ConstantSet | None:
    """A domain as a set of constants; None if something in it is not constant.

    `dense` says that a range without step has all values between its ends, as those with a unit.
    """
    if isinstance(domain, nodes.Range):
        lo, hi = constants.value(domain.lo), constants.value(domain.hi)
        step = Fraction(1) if domain.step is None else constants.value(domain.step)
        if not isinstance(lo, Fraction) or not isinstance(hi, Fraction):
            return None
        if not isinstance(step, Fraction) or step <= 0 or lo > hi:
            return None
        if dense and domain.step is None:
            return ConstantSet(lo, hi, None)
        return ConstantSet(lo, hi, step)
    if isinstance(domain, nodes.Set):
        items = [constants.value(item) for item in domain.items]
        return None if None in items else ConstantSet(listed=tuple(items))
    use = constants.use(domain)
    if isinstance(use, Builtin) and use.name == "bool":
        return ConstantSet(listed=(False, True))
    if isinstance(use, Target) and isinstance(use.node, nodes.Enum):
        enum = use.node
        return ConstantSet(listed=tuple([EnumName(enum, i) for i in range(len(enum.members))]))
    if isinstance(domain, nodes.Call) and len(domain.arguments) == 1:
        use = constants.use(domain.function)
        n = constants.value(domain.arguments[0].value)
        if isinstance(use, Builtin) and use.name == "divisors" and isinstance(n, Fraction):
            return _divisors(n)
    return None


def _divisors(n: Fraction) -> ConstantSet | None:
    if n.denominator != 1 or not 1 <= n <= 10**12:
        return None
    whole = n.numerator
    low = [i for i in range(1, math.isqrt(whole) + 1) if whole % i == 0]
    return ConstantSet(
        listed=tuple([Fraction(i) for i in sorted({*low, *[whole // i for i in low]})])
    )


def bounds(node: nodes.Node, constants: Constants, known: Callable[[nodes.Node], Bounds]) -> Bounds:
    """The least and the greatest value an expression may have, as far as the text shows it.

    Parameters
    ----------
    known : callable
        The bounds of a declaration: of a binder, a parameter, the length of a family.
    """

    def rule(node: nodes.Node) -> Step:
        if isinstance(node, nodes.Number | nodes.Quantity | nodes.Choose):
            value = constants.value(node)
            return (value, value) if isinstance(value, Fraction) else (None, None)
        if isinstance(node, nodes.Name | nodes.Field):
            use = constants.use(node)
            return known(use.node) if isinstance(use, Target) else (None, None)
        if isinstance(node, nodes.Group):
            return (yield node.inner)
        if isinstance(node, nodes.Unary):
            lo, hi = yield node.operand
            return (None if hi is None else -hi, None if lo is None else -lo)
        if isinstance(node, nodes.Binary) and node.op in ("+", "-", "*", "/"):
            left = yield node.left
            right = yield node.right
            return _arithmetic(node.op, left, right)
        if isinstance(node, nodes.Call):
            use = constants.use(node.function)
            inner = []
            for argument in node.arguments:
                inner.append((yield argument.value))
            if isinstance(use, Builtin) and inner:
                return _bounds_of_call(use.name, inner)
        return (None, None)

    result: Bounds = run(rule, node)
    return result


def _arithmetic(op: str, left: Bounds, right: Bounds) -> Bounds:
    (a, b), (c, d) = left, right
    if op == "+":
        return (_sum(a, c), _sum(b, d))
    if op == "-":
        return (_sum(a, None if d is None else -d), _sum(b, None if c is None else -c))
    if a is None or b is None or c is None or d is None:
        return (None, None)
    if op == "/":
        if c <= 0 <= d:
            return (None, None)
        c, d = 1 / d, 1 / c
    corners = [a * c, a * d, b * c, b * d]
    return (min(corners), max(corners))


def _sum(left: Fraction | None, right: Fraction | None) -> Fraction | None:
    return None if left is None or right is None else left + right


def _bounds_of_call(name: str, inner: list[Bounds]) -> Bounds:
    if name in ("floor", "ceil", "exact") and len(inner) == 1:
        turn = math.ceil if name == "ceil" else math.floor
        lo, hi = inner[0]
        return (
            None if lo is None else Fraction(turn(lo)),
            None if hi is None else Fraction(turn(hi)),
        )
    if name in ("max", "min"):
        pick = max if name == "max" else min
        lows = [lo for lo, _ in inner if lo is not None]
        highs = [hi for _, hi in inner if hi is not None]
        lo_known = bool(lows) if name == "max" else len(lows) == len(inner)
        hi_known = len(highs) == len(inner) if name == "max" else bool(highs)
        return (pick(lows) if lo_known else None, pick(highs) if hi_known else None)
    return (None, None)
