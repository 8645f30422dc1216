"""Makes the program of a nest: the order of the variables, and for each level its instructions.

Variables come in the order in which they are declared, so that paths come sorted; but one that an
equation determines from those placed comes at once and is computed instead of tried (functional
definitions). Such a variable depends on earlier ones, so the order of the paths stays.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from ..compiled import Words
from ..expressions import Op
from ..instance import Instance
from ..problem import Problem, Values
from ..rewriting import reachable
from ..vectorised import fits
from . import layout
from .bounds import direction, reach
from .emitter import GATHERED, Emitter, Form, Unsuited

WIDEST = 2**62
LONGEST = 1 << 20  # values of a listed domain
LARGEST = 1 << 14  # variables below all nodes together


@dataclass(frozen=True)
class Program:
    """A nest in words.

    Attributes
    ----------
    code : array
        Instructions, lists and levels.
    memory : array
        The head, the constants and room for registers and frames; to be copied for each walk.
    order : tuple of int
        The variable of each level.
    """

    code: Words
    memory: Words
    order: tuple[int, ...]


@dataclass(frozen=True)
class _Equation:
    """`factor * x + rest == 0`, with a factor that is never 0."""

    variable: int
    factor: Form
    rest: Form


def _bits(mask: int) -> Iterator[int]:
    """The places of the ones in a mask."""
    while mask:
        low = mask & -mask
        yield low.bit_length() - 1
        mask ^= low


class _Level:
    """One level while it is written."""

    def __init__(self, variable: int, register: int) -> None:
        self.variable = variable
        self.register = register
        self.enter: list[int] = []
        self.body: list[int] = []
        self.solved: tuple[int, int] | None = None


class Builder:
    """Writes the program of an instance.

    Raises
    ------
    Unsuited
        If a nest cannot compute something.
    """

    def __init__(self, instance: Instance) -> None:
        if not instance.domains:
            raise Unsuited("no variables")
        self.problem: Problem = instance.problem
        self.domains: Sequence[Values] = instance.domains
        roots = [self.problem.constraints[i].node for i in instance.active]
        self.roots = list(dict.fromkeys([*roots, *instance.assumptions]))
        self.nodes = reachable(self.problem, self.roots)
        self.masks: dict[int, int] = {}
        self.parents: dict[int, list[int]] = {node: [] for node in self.nodes}
        self._examine()
        self.above: list[list[int]] = [[] for _ in self.domains]  # nodes by variable
        for node in self.nodes:
            for variable in _bits(self.masks[node]):
                self.above[variable].append(node)
        self.root_set = set(self.roots)
        self.equations = [n for n in self.roots if self.problem.ops[n] is Op.IS_ZERO]
        self.emitter = Emitter(self.problem, self.masks)
        self.levels: list[_Level] = []

    def _examine(self) -> None:
        """Check that 64 bits hold everything; note variables below and nodes above each node."""
        problem = self.problem
        for domain in self.domains:
            if max(-domain[0], domain[-1]) >= WIDEST:
                raise Unsuited("64 bits may not hold a value")
        size = 0
        for node in self.nodes:
            if not fits(problem, node):
                raise Unsuited("64 bits may not hold an expression")
            mask = 0
            if problem.ops[node] is Op.VARIABLE:
                mask = 1 << problem.data[node]
            for arg in problem.args[node]:
                mask |= self.masks[arg]
                self.parents[arg].append(node)
            self.masks[node] = mask
            size += mask.bit_count()
            if size > LARGEST:
                raise Unsuited("a large problem")

    def build(self) -> Program:
        """The program."""
        waiting = dict.fromkeys(range(len(self.domains)))
        while waiting:
            equation = self._determined()
            variable = next(iter(waiting)) if equation is None else equation.variable
            del waiting[variable]
            self._place(variable, equation)
        return self._assemble()

    # -------------------------------------------------------------------------------- the levels

    def _place(self, variable: int, equation: _Equation | None) -> None:
        """Write the level of a variable."""
        emitter, bit = self.emitter, 1 << variable
        emitter.level = len(self.levels)
        level = _Level(variable, emitter.register(emitter.level))
        self.levels.append(level)
        if equation is not None:
            solved = emitter.whole(equation.factor), emitter.whole(equation.rest)
            level.solved = emitter.read(solved[0]), emitter.read(solved[1])
            level.enter = emitter.take()
        emitter.placed |= bit
        emitter.bit = bit
        self._at_variable(variable, level.register)
        touched = self.above[variable]
        if emitter.level == 0:
            touched = [n for n in self.nodes if not self.masks[n]] + touched
        roots = [n for n in touched if n in self.root_set]
        for node in roots:
            if emitter.decided(node):
                self._test(node)
        for node in touched:
            self._keep(node)
        for node in roots:
            if not emitter.decided(node):
                self._prune(node)
        level.body = emitter.take()
        emitter.begin(emitter.level + 1)

    def _at_variable(self, variable: int, register: int) -> None:
        node = self.problem.variables[variable].node
        if node in self.masks:
            self.emitter.at[node] = register

    def _keep(self, node: int) -> None:
        """Compute now what inner levels will read of a node."""
        emitter = self.emitter
        if not emitter.decided(node):
            if self.problem.ops[node] in GATHERED:
                emitter.gather(node)
        elif self.problem.ops[node] is not Op.CONSTANT:
            above = [n for n in self.parents[node] if not emitter.decided(n)]
            if any(self.problem.ops[n] not in GATHERED for n in above):
                emitter.whole(emitter.form(node))

    # --------------------------------------------------------------------------------- the tests

    def _test(self, node: int) -> None:
        """Reject values for which a decided condition does not hold."""
        emitter, problem = self.emitter, self.problem
        op, args = problem.ops[node], problem.args[node]
        if op is Op.AT_MOST_ZERO:
            self._below(emitter.form(args[0]), args[0], 1)
        elif op is Op.IS_ZERO:
            form = emitter.form(args[0])
            if form.register < 0 or form.constant % form.factor:
                self._below(Form(int(form != Form(0))), args[0], 1)
            else:
                emitter.test(layout.TEST_EQUALS, form.register, c=-(form.constant // form.factor))
        elif op is Op.DIVIDES:
            divisor, dividend = (emitter.whole(emitter.form(a)) for a in args)
            emitter.test(layout.TEST_DIVIDES, divisor, dividend)
        elif op is Op.ALL_DIFFERENT:
            self._differ(node)
        else:
            emitter.test(layout.TEST_TRUE, emitter.whole(emitter.form(node)))

    def _prune(self, node: int) -> None:
        """Reject values after which a condition cannot hold any more."""
        emitter, problem = self.emitter, self.problem
        op, args = problem.ops[node], problem.args[node]
        if op in (Op.AT_MOST_ZERO, Op.IS_ZERO):
            self._below(reach(emitter, args[0], False), args[0], 1)
            if op is Op.IS_ZERO:
                self._below(emitter.negative(reach(emitter, args[0], True)), args[0], -1)
        elif op is Op.DIVIDES:
            divisor, dividend = args
            if problem.ops[divisor] is Op.PRODUCT and emitter.decided(dividend):
                part = emitter.whole(emitter.gather(divisor))
                if part in emitter.constants.values():
                    return
                emitter.test(layout.TEST_DIVIDES, part, emitter.whole(emitter.form(dividend)))
        elif op is Op.ALL_DIFFERENT:
            self._differ(node)
        else:
            possible = reach(emitter, node, True)
            if possible.register >= 0:
                emitter.test(layout.TEST_TRUE, emitter.whole(possible))

    def _below(self, form: Form, node: int, sign: int) -> None:
        """Test that a bound of `sign` times a node is 0 or less."""
        emitter = self.emitter
        if form.register < 0:
            if form.constant > 0:
                emitter.test(layout.TEST_AT_MOST, emitter.constant(form.constant), c=0)
            return
        last = direction(emitter, node) == sign
        if form.factor > 0:
            emitter.test(
                layout.TEST_AT_MOST, form.register, c=-form.constant // form.factor, last=last
            )
        else:
            limit = -(form.constant // form.factor)
            emitter.test(layout.TEST_AT_LEAST, form.register, c=limit, last=last)

    def _differ(self, node: int) -> None:
        """Compare what was just decided of different items with the others."""
        emitter = self.emitter
        items = [a for a in self.problem.args[node] if emitter.decided(a)]
        for i, one in enumerate(items):
            for other in items[:i]:
                if (self.masks[one] | self.masks[other]) & emitter.bit:
                    first, second = (emitter.whole(emitter.form(n)) for n in (one, other))
                    emitter.test(layout.TEST_DIFFERS, first, second)

    # --------------------------------------------------------------------------------- equations

    def _determined(self) -> _Equation | None:
        """An equation whose only open variable occurs in it linearly."""
        emitter, problem = self.emitter, self.problem
        for node in self.equations:
            left = self.masks[node] & ~emitter.placed
            if left.bit_count() != 1:
                continue
            found = self._linear(problem.args[node][0], left)
            if found is not None:
                return found
        return None

    def _linear(self, node: int, bit: int) -> _Equation | None:
        """A sum as factor * x + rest."""
        emitter, problem = self.emitter, self.problem
        variable = bit.bit_length() - 1
        if problem.ops[node] is not Op.SUM:
            return None
        shares: list[tuple[int, int]] = []
        lo = hi = 0
        for arg, scale in zip(problem.args[node], problem.data[node][1], strict=True):
            if not self.masks[arg] & bit:
                continue
            low = high = 1
            if problem.ops[arg] is Op.PRODUCT:
                others = [a for a in problem.args[arg] if a != problem.variables[variable].node]
                if len(others) != len(problem.args[arg]) - 1:
                    return None
                if any(self.masks[a] & bit for a in others):
                    return None
                for other in others:
                    a, b = problem.bounds[other]
                    ends = [x * y for x in (low, high) for y in (a, b)]
                    low, high = min(ends), max(ends)
            elif problem.ops[arg] is not Op.VARIABLE:
                return None
            shares.append((scale, arg))
            lo += min(scale * low, scale * high)
            hi += max(scale * low, scale * high)
        if lo <= 0 <= hi:
            return None
        factor = Form(0)
        for scale, arg in shares:
            own = emitter.gather(arg) if problem.ops[arg] is Op.PRODUCT else Form(1)
            factor = emitter.add(factor, own, scale)
        return _Equation(variable, factor, emitter.gather(node))

    # ---------------------------------------------------------------------------------- assembly

    def _slots(self) -> list[list[int] | None]:
        """For each level the registers that inner levels read; None where all states differ."""
        emitter = self.emitter
        found: list[list[int] | None] = []
        carried: set[int] = set()
        live: set[int] = set()
        born: list[list[int]] = [[] for _ in self.levels]
        for i, number in enumerate(emitter.born):
            if number >= 0:
                born[number].append(layout.HEAD + i)
        for number, level in enumerate(self.levels):
            live = {at for at in live if emitter.used[at - layout.HEAD] > number}
            live.update(at for at in born[number] if emitter.used[at - layout.HEAD] > number)
            if level.solved is None:
                carried.add(level.register)
            if carried <= live or number + 1 == len(self.levels):
                found.append(None)
            else:
                found.append(sorted(live))
                carried = live
        return found

    def _assemble(self) -> Program:
        emitter, levels = self.emitter, self.levels
        data = emitter.data
        records: list[list[int]] = []
        code: list[int] = []

        def append(instructions: list[int]) -> list[int]:
            start = len(code)
            code.extend(instructions)
            return [start, len(code)]

        longest = 0
        for level, slots in zip(levels, self._slots(), strict=True):
            domain = self.domains[level.variable]
            if isinstance(domain, range):
                values, step = domain[0], domain.step
            else:
                if len(domain) > LONGEST:
                    raise Unsuited("a long list of values")
                values, step = emitter.list(domain), 0
            kind = layout.LISTED if level.solved is None else layout.SOLVED
            record = [kind, level.register, *append(level.enter), *append(level.body)]
            record += [values, step, len(domain), *(level.solved or (0, 0))]
            record += [0, -1] if slots is None else [emitter.list(slots), len(slots)]
            longest = max(longest, len(slots or ()))
            records.append(record)
        base = len(code)
        for at in range(0, base, layout.WIDTH):
            if code[at] in (layout.AMONG, layout.FIND):
                code[at + 4] += base
        for record in records:
            record[layout.VALUES] += 0 if record[layout.STEP] else base
            record[layout.SLOTS] += base
        words = [*code, *data]
        start = len(words)
        for record in records:
            words += record
        frames = layout.HEAD + len(emitter.born)
        memory = np.zeros(frames + layout.FRAME * len(levels), np.int64)
        memory[layout.LEVELS] = len(levels)
        memory[layout.CODE_LEVELS] = start
        memory[layout.FRAMES] = frames
        memory[layout.LONGEST] = longest
        for value, register in emitter.constants.items():
            memory[register] = value
        memory[frames + layout.KEY] = -1
        order = tuple(level.variable for level in levels)
        return Program(np.array(words, np.int64), memory, order)
