"""Programs for what 62 bits do not hold, posted as `propagators.wide`.

Nodes whose bounds pass 62 bits get no variable. Whatever has one among its operands is computed
from the nearest nodes below that do have one, by instructions on numbers of as many words as the
largest number on the way needs.
"""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

from . import memory as layout
from .expressions import Op
from .flatten_width import usable
from .limbs import MOST, words_for, words_of
from .memory import BOUNDS, FIXED
from .propagators import wide

if TYPE_CHECKING:
    from .flatten import Flat, Literal

DIGIT = 1 << 60
CHAINED = {Op.PRODUCT: wide.MULTIPLY, Op.MINIMUM: wide.MINIMUM, Op.MAXIMUM: wide.MAXIMUM}


class Program:
    """Instructions while they are written; registers are numbers.

    Attributes
    ----------
    reach : list of int
        The largest absolute value of each register.
    """

    def __init__(self, flat: Flat) -> None:
        self.flat = flat
        self.code: list[tuple[int, int, int, int]] = []
        self.reach: list[int] = []
        self.leaves: dict[int, int] = {}
        self.constants: dict[int, int] = {}
        self.fine = 0  # leaves, the first ones, that nothing else computes
        self._known: dict[int, int] = {}

    def register(self, reach: int) -> int:
        """A new register."""
        self.reach.append(reach)
        return len(self.reach) - 1

    def constant(self, value: int) -> int:
        """The register of a constant."""
        if value not in self.constants:
            self.constants[value] = self.register(abs(value))
        return self.constants[value]

    def leaf(self, x: int) -> int:
        """The register of a variable."""
        lo, hi = self.flat.records.bounds(x)
        if lo == hi:
            return self.constant(lo)
        if x not in self.leaves:
            self.leaves[x] = self.register(max(abs(lo), abs(hi)))
        return self.leaves[x]

    def defines(self, variables: list[int]) -> None:
        """These variables are computed here, so all else is their cause; say so first."""
        for x in variables:
            self.leaf(x)
        self.fine = len(self.leaves)

    def emit(self, kind: int, a: int, b: int, reach: int) -> int:
        """Add an instruction."""
        self.code.append((kind, self.register(reach), a, b))
        return len(self.reach) - 1

    def plus(self, a: int, factor: int, b: int) -> int:
        """a + factor * b."""
        if factor != 1:
            b = self.multiply(self.constant(factor), b)
        return self.emit(wide.ADD, a, b, self.reach[a] + self.reach[b])

    def multiply(self, a: int, b: int) -> int:
        """a * b."""
        return self.emit(wide.MULTIPLY, a, b, self.reach[a] * self.reach[b])

    def rest(self, a: int, b: int) -> int:
        """a modulo |b|, a itself where b is 0."""
        return self.emit(wide.REST, a, b, max(self.reach[a], self.reach[b]))

    def value(self, node: int) -> int:
        """The register of a node: a leaf if it has a variable."""
        flat = self.flat
        if usable(flat, node):
            return self.leaf(flat.at(node))
        if node not in self._known:
            for inner in self._below(node):
                self._known[inner] = self.open(inner)
        return self._known[node]

    def _below(self, node: int) -> list[int]:
        """The nodes without a variable from a node down, operands first."""
        found = {node}
        waiting = [node]
        while waiting:
            for arg in self.flat.problem.args[waiting.pop()]:
                if arg not in found and arg not in self._known and not usable(self.flat, arg):
                    found.add(arg)
                    waiting.append(arg)
        return sorted(found)

    def open(self, node: int) -> int:
        """The register of a node, computed from its operands."""
        problem = self.flat.problem
        op, args, data = problem.ops[node], problem.args[node], problem.data[node]
        if op is Op.CONSTANT:
            return self.constant(data)
        if op is Op.SUM:
            total = self.constant(data[0])
            for factor, arg in zip(data[1], args, strict=True):
                total = self.plus(total, factor, self.value(arg))
            return total
        if op is Op.CHOOSE:
            c, a, b = map(self.value, args)
            result = self.emit(wide.CHOOSE, a, b, max(self.reach[a], self.reach[b]))
            self.code.append((wide.CHOOSE, 0, c, 0))
            return result
        registers = [self.value(a) for a in args]
        first = registers[0]
        if op in CHAINED:
            for one in registers[1:]:
                if op is Op.PRODUCT:
                    first = self.multiply(first, one)
                else:
                    most = max(self.reach[first], self.reach[one])
                    first = self.emit(CHAINED[op], first, one, most)
            return first
        if op is Op.QUOTIENT:
            return self.emit(wide.QUOTIENT, first, registers[1], self.reach[first])
        if op is Op.REMAINDER:
            return self.rest(first, registers[1])
        if op is Op.ABSOLUTE:
            return self.emit(wide.ABSOLUTE, first, first, self.reach[first])
        self.flat.refuse(node)

    def post(self, result: int, comparison: int, literal: Literal, node: int) -> None:
        """Post literal <-> comparison of a register with 0; `node` is named if it is too wide."""
        flat = self.flat
        n = words_for(4 * max(self.reach))  # division takes two bits more
        if n > MOST:
            flat.refuse(node)
        base = flat.records.block([0] * (2 * n * len(self.reach)))
        for value, register in self.constants.items():
            at = base + 2 * n * register
            flat.records.words[at : at + 2 * n] = 2 * words_of(value, n)
        scratch = flat.records.block([0] * (3 * n))
        code = []
        for kind, *registers in self.code:
            code += [kind, *(base + 2 * n * r for r in registers)]
        leaves = []
        for x, register in self.leaves.items():
            leaves += [x, base + 2 * n * register]
        arguments = [*literal, comparison, n, flat.records.block(code), len(self.code), scratch]
        rests = any(kind == wide.REST for kind, *_ in self.code)
        fine = self.fine if rests else len(self.leaves)
        arguments += [base + 2 * n * result, len(self.leaves), fine, *leaves]
        watches = [(x, BOUNDS) for x in self.leaves]
        flat.post(layout.WIDE, arguments, [(literal[0], FIXED), *watches], 2)


def define_wide(flat: Flat, node: int, z: int) -> None:
    """Post z == node."""
    program = Program(flat)
    program.defines([z])
    result = program.plus(program.open(node), -1, program.leaf(z))
    program.post(result, wide.EQUAL, flat.true, node)


def clipped_wide(flat: Flat, node: int, lo: int, hi: int) -> int:
    """A variable for a node between two numbers, and the nearer one of them beyond."""
    z = flat.auxiliary((lo, hi))
    program = Program(flat)
    program.defines([z])
    value = program.value(node)
    for kind, end in ((wide.MAXIMUM, lo), (wide.MINIMUM, hi)):
        limit = program.constant(end)
        value = program.emit(kind, value, limit, max(program.reach[value], abs(end)))
    program.post(program.plus(value, -1, program.leaf(z)), wide.EQUAL, flat.true, node)
    return z


def compare_wide(flat: Flat, node: int, comparison: int, literal: Literal, value: int = 0) -> None:
    """Post literal <-> comparison of a node with a value."""
    program = Program(flat)
    result = program.open(node)
    if value:
        result = program.plus(result, -1, program.constant(value))
    program.post(result, comparison, literal, node)


def divides_wide(flat: Flat, divisor: int, dividend: int, literal: Literal) -> None:
    """Post literal <-> divisor divides dividend."""
    program = Program(flat)
    result = program.rest(program.value(dividend), program.value(divisor))
    program.post(result, wide.EQUAL, literal, dividend)


def among_wide(flat: Flat, node: int, values: tuple[int, ...], literal: Literal) -> None:
    """Post literal <-> the node is one of the values."""
    literals = []
    for value in values:
        literals.append((flat.auxiliary((0, 1)), 1))
        compare_wide(flat, node, wide.EQUAL, literals[-1], value)
    any_of(flat, literals, literal)


def different_wide(flat: Flat, nodes: tuple[int, ...], literal: Literal) -> None:
    """Post literal <-> no two nodes are equal."""
    literals = []
    for a, b in combinations(nodes, 2):
        program = Program(flat)
        result = program.plus(program.value(a), -1, program.value(b))
        literals.append((flat.auxiliary((0, 1)), 1))
        program.post(result, wide.EQUAL, literals[-1], a)
    any_of(flat, literals, (literal[0], 1 - literal[1]))


def any_of(flat: Flat, literals: list[Literal], literal: Literal) -> None:
    """Post literal <-> at least one of the literals holds."""
    arguments = [*literal, len(literals)]
    for item in literals:
        arguments += item
    watches = [(x, FIXED) for x, _ in (literal, *literals)]
    flat.post(layout.DISJUNCTION, arguments, watches, 0 if len(literals) <= 8 else 1)


def digits_wide(flat: Flat, node: int) -> tuple[int, ...]:
    """Variables for a node's digits to the base DIGIT, the highest first; it has the sign."""
    lo, hi = flat.problem.bounds[node]
    lower: list[int] = []
    while max(abs(lo), abs(hi)) >= layout.TOP_VALUE:
        lower.append(flat.records.interval(0, DIGIT - 1))
        lo, hi = lo // DIGIT, hi // DIGIT
    variables = [flat.records.interval(lo, hi), *reversed(lower)]
    program = Program(flat)
    program.defines(variables)
    result = program.open(node)
    for place, x in enumerate(reversed(variables)):
        result = program.plus(result, -(DIGIT**place), program.leaf(x))
    program.post(result, wide.EQUAL, flat.true, node)
    return tuple(variables)
