"""Makes the program of a nest: the order of the variables, and for each level its instructions.

Variables come in the order in which they are declared, so that paths come sorted; but one that an
equation determines from those placed has no level: it is computed as soon as these are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..compiled import Words
from ..expressions import Op
from ..instance import Instance
from ..problem import Bounds, Goal, Problem, Values
from ..rewriting import reachable
from ..vectorised import fits
from . import layout
from .bounds import common, direction, numerator, reach
from .emitter import GATHERED, Emitter, Form, Unsuited, number
from .equations import Equation, linear

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
    solved : tuple of Equation
        For the other variables, in an order in which they can be computed.
    """

    code: Words
    memory: Words
    order: tuple[int, ...]
    solved: tuple[Equation, ...]


@dataclass(frozen=True)
class _Level:
    """One level, written."""

    variable: int
    register: int
    body: list[int]
    costs: list[int]
    rising: bool
    falling: bool


class Builder:
    """Writes the program of an instance, with bounds of its goals if these are wanted.

    Raises
    ------
    Unsuited
        If a nest cannot compute something.
    """

    def __init__(self, instance: Instance, goals: bool = False) -> None:
        if not instance.domains:
            raise Unsuited("no variables")
        self.problem: Problem = instance.problem
        self.domains: Sequence[Values] = instance.domains
        roots = [self.problem.constraints[i].node for i in instance.active]
        self.roots = list(dict.fromkeys([*roots, *instance.assumptions]))
        self.goals = self.problem.goals if goals else []
        self.nodes = reachable(self.problem, [*self.roots, *(g.node for g in self.goals)])
        self.masks: dict[int, int] = {}
        self.readers: dict[int, list[int]] = {node: [] for node in self.nodes}
        self._examine()
        self.open = self.nodes  # not decided yet
        self.root_set = set(self.roots)
        self.emitter = Emitter(self.problem, self.masks)
        self.equations: dict[tuple[int, int], Equation | None] = {}
        self.bounding: dict[int, Equation] = {}
        self._define()
        self.levels: list[_Level] = []
        self.solved: list[Equation] = []
        self.settled: set[int] = set()  # sums that are 0 by the variable computed from them

    def _examine(self) -> None:
        """Check that 64 bits hold everything; note which variables are below each node.

        Also which nodes read it whole: sums and the like take operands as they are decided.
        """
        problem = self.problem
        for domain in self.domains:
            if max(-domain[0], domain[-1]) >= WIDEST:
                raise Unsuited("64 bits may not hold a value")
        size = 0
        for node in self.nodes:
            if not fits(problem, node):
                raise Unsuited("64 bits may not hold an expression")
            op = problem.ops[node]
            mask = 1 << problem.data[node] if op is Op.VARIABLE else 0
            gathered = op in GATHERED
            for arg in problem.args[node]:
                mask |= self.masks[arg]
                if not gathered and problem.ops[arg] is not Op.CONSTANT:
                    self.readers[arg].append(node)
            self.masks[node] = mask
            size += mask.bit_count()
            if size > LARGEST:
                raise Unsuited("a large problem")

    def _define(self) -> None:
        """Give variables the equations that bound them while they are open.

        An equation bounds the last of its variables, so nothing bounds itself.
        """
        emitter = self.emitter
        last = [
            (self.masks[n].bit_length() - 1, n)
            for n in self.roots
            if self.problem.ops[n] is Op.IS_ZERO and self.masks[n]
        ]
        self.sums = [self.problem.args[n][0] for _, n in last]
        for variable, node in sorted(last):
            if variable in emitter.definitions:
                continue
            equation = self._equation(self.problem.args[node][0], variable)
            if equation is not None:
                emitter.definitions[variable] = equation
                if abs(equation.constant) == 1:
                    self.bounding[node] = equation
                emitter.define(variable, self.masks[node])

    def _equation(self, node: int, variable: int) -> Equation | None:
        key = (node, variable)
        if key not in self.equations:
            self.equations[key] = linear(self.problem, self.masks, node, variable)
        return self.equations[key]

    def build(self) -> Program:
        """The program."""
        for variable in range(len(self.domains)):
            if not self.emitter.placed >> variable & 1:
                self._place(variable)
        return self._assemble()

    # -------------------------------------------------------------------------------- the levels

    def _place(self, variable: int) -> None:
        """Write the level of a variable and of all that follows from it by equations."""
        emitter = self.emitter
        emitter.begin(len(self.levels))
        register = emitter.register(emitter.level)
        self._decide(variable, register, 1)
        self._follow(1 << variable)
        while True:
            equation = self._determined()
            if equation is None:
                break
            self.solved.append(equation)
            self._solve(equation)
            self._follow(1 << equation.variable)
        before = emitter.placed & ~emitter.bit
        for node in self.roots:
            wide = emitter.wide(node)
            if not wide & emitter.bit or not self.masks[node] & ~emitter.placed:
                continue
            if self.problem.ops[node] is Op.ALL_DIFFERENT:
                self._differ(node)
            elif wide & before:  # of one variable alone propagation left what may stay
                self._prune(node)
        costs = [self._cost(goal) for goal in self.goals]
        registers = [emitter.read(emitter.whole(form)) for form, _ in costs]
        rising = all(direction in (0, 1) for _, direction in costs)
        falling = bool(costs) and costs[0][1] == -1 and self._decides(variable)
        level = _Level(variable, register, emitter.code, registers, rising, falling)
        self.levels.append(level)

    def _cost(self, goal: Goal) -> tuple[Form, int | None]:
        """A bound of what a goal costs, and where it goes as the level's variable rises."""
        way = direction(self.emitter, goal.node)
        if goal.sense == "minimize":
            return reach(self.emitter, goal.node, False), way
        bound = self.emitter.negative(reach(self.emitter, goal.node, True))
        return bound, None if way is None else -way

    def _decides(self, variable: int) -> bool:
        """Whether the first goal is one variable, scaled and shifted."""
        problem, node = self.problem, self.goals[0].node
        args = problem.args[node] if problem.ops[node] is Op.SUM else (node,)
        return args == (problem.variables[variable].node,)

    def _decide(self, variable: int, register: int, direction: int | None) -> None:
        """A variable has its value, and rises or falls as the level's variable rises."""
        emitter, node = self.emitter, self.problem.variables[variable].node
        emitter.placed |= 1 << variable
        emitter.bit |= 1 << variable
        emitter.at[node] = register
        emitter.directions[node] = direction

    def _follow(self, bit: int) -> None:
        """Test what a variable decides and compute what inner levels need."""
        emitter, masks, left = self.emitter, self.masks, ~self.emitter.placed
        touched = [n for n in self.open if masks[n] & bit or not masks[n]]
        self.open = [n for n in self.open if masks[n] & left]
        for node in touched:
            if node in self.root_set and not masks[node] & left:
                self._test(node)
        for node in touched:  # compute now what inner levels will read
            if masks[node] & left:
                if self.problem.ops[node] in GATHERED:
                    emitter.gather(node)
            elif any(masks[n] & left for n in self.readers[node]):
                emitter.whole(emitter.form(node))

    def _solve(self, equation: Equation) -> None:
        """Compute the variable of an equation, and test that it is in its domain."""
        emitter = self.emitter
        rest, factor = emitter.gather(equation.node), equation.constant
        constant, scale, source = rest
        if factor and scale % factor == constant % factor == 0:
            value = (-(constant // factor), -(scale // factor), source)
        else:
            divisor = number(0)
            for scale, nodes in equation.shares:
                share = number(1)
                for node in nodes:
                    share = emitter.times(share, emitter.form(node))
                divisor = emitter.add(divisor, share, scale)
            a, b = emitter.whole(rest), emitter.whole(divisor)
            value = (0, 1, emitter.emit(layout.SOLVE, a, b))
        register = emitter.whole(value)
        self.settled.add(equation.node)
        direction = None
        if not any(self.masks[n] & emitter.bit for _, nodes in equation.shares for n in nodes):
            direction = common(emitter, ((-equation.sign * f, n) for f, n in equation.others))
        self._decide(equation.variable, register, direction)
        known = (equation.lo, equation.hi) if abs(factor) == 1 else None
        self._member(register, direction, self.domains[equation.variable], known)

    def _member(
        self, register: int, direction: int | None, domain: Values, known: Bounds | None
    ) -> None:
        """Test that a computed variable has a value of its domain, unless its bounds tell."""
        emitter = self.emitter
        if not isinstance(domain, range) and domain[-1] - domain[0] >= len(domain):
            inside = emitter.emit(layout.AMONG, register, c=emitter.list(domain), d=len(domain))
            emitter.test(layout.TEST_TRUE, inside)
            return
        if known is None or known[1] > domain[-1]:
            emitter.test(layout.TEST_AT_MOST, register, c=domain[-1], last=direction == 1)
        if known is None or known[0] < domain[0]:
            emitter.test(layout.TEST_AT_LEAST, register, c=domain[0], last=direction == -1)
        if isinstance(domain, range) and domain.step > 1:
            offset = emitter.whole((-domain[0], 1, register))
            emitter.test(layout.TEST_DIVIDES, emitter.constant(domain.step), offset)

    # --------------------------------------------------------------------------------- the tests

    def _test(self, node: int) -> None:
        """Reject values for which a decided condition does not hold."""
        emitter, problem = self.emitter, self.problem
        op, args = problem.ops[node], problem.args[node]
        if op is Op.AT_MOST_ZERO:
            self._below(emitter.form(args[0]), args[0], 1)
        elif op is Op.IS_ZERO:
            if args[0] in self.settled:
                return
            constant, factor, register = form = emitter.form(args[0])
            if register < 0 or constant % factor:
                self._below(number(int(form != number(0))), args[0], 1)
            else:
                emitter.test(layout.TEST_EQUALS, register, c=-(constant // factor))
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
        equation = self.bounding.get(node)
        if equation is not None and not emitter.placed >> equation.variable & 1:
            lo, hi = problem.bounds[problem.variables[equation.variable].node]
            if equation.hi > hi:
                constant, factor, register = numerator(emitter, equation, False)
                self._below((constant - hi, factor, register), None)
            if equation.lo < lo:
                constant, factor, register = numerator(emitter, equation, True)
                self._below((lo - constant, -factor, register), None)
        elif op in (Op.AT_MOST_ZERO, Op.IS_ZERO):
            self._below(reach(emitter, args[0], False), args[0], 1)
            if op is Op.IS_ZERO:
                self._below(emitter.negative(reach(emitter, args[0], True)), args[0], -1)
        elif op is Op.DIVIDES:
            divisor, dividend = args
            if not self.masks[node] & emitter.bit:
                return
            if problem.ops[divisor] is Op.PRODUCT and emitter.decided(dividend):
                part = emitter.whole(emitter.gather(divisor))
                if part in emitter.constants.values():
                    return
                emitter.test(layout.TEST_DIVIDES, part, emitter.whole(emitter.form(dividend)))
        else:
            possible = reach(emitter, node, True)
            if possible[2] >= 0:
                emitter.test(layout.TEST_TRUE, emitter.whole(possible))

    def _below(self, form: Form, node: int | None, sign: int = 1) -> None:
        """Test that a form, a bound of `sign` times a node, is 0 or less."""
        emitter = self.emitter
        constant, factor, register = form
        if register < 0:
            if constant > 0:
                emitter.test(layout.TEST_AT_MOST, emitter.constant(constant), c=0)
            return
        last = node is not None and direction(emitter, node) == sign
        if factor > 0:
            emitter.test(layout.TEST_AT_MOST, register, c=-constant // factor, last=last)
        else:
            emitter.test(layout.TEST_AT_LEAST, register, c=-(constant // factor), last=last)

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

    def _determined(self) -> Equation | None:
        """An equation whose only open variable occurs in it linearly."""
        for node in self.sums:
            left = self.masks[node] & ~self.emitter.placed
            if left.bit_count() == 1:
                equation = self._equation(node, left.bit_length() - 1)
                if equation is not None:
                    return equation
        return None

    # ---------------------------------------------------------------------------------- assembly

    def _slots(self) -> list[list[int] | None]:
        """For each level the registers that inner levels read; None where all states differ."""
        emitter = self.emitter
        found: list[list[int] | None] = []
        carried: set[int] = set()
        live: set[int] = set()
        born: list[list[int]] = [[] for _ in self.levels]
        for i, depth in enumerate(emitter.born):
            if depth >= 0:
                born[depth].append(layout.HEAD + i)
        for depth, level in enumerate(self.levels):
            live = {at for at in live if emitter.used[at - layout.HEAD] > depth}
            live.update(at for at in born[depth] if emitter.used[at - layout.HEAD] > depth)
            carried.add(level.register)
            if carried <= live or depth + 1 == len(self.levels):
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
            record = [level.register, *append(level.body), values, step, len(domain)]
            record += [0, -1] if slots is None else [emitter.list(slots), len(slots)]
            record += [emitter.list(level.costs), int(level.rising), int(level.falling)]
            longest = max(longest, len(slots or ()))
            records.append(record)
        base = len(code)
        for at in range(0, base, layout.WIDTH):
            if code[at] in (layout.AMONG, layout.FIND):
                code[at + 4] += base
        for record in records:
            record[layout.VALUES] += 0 if record[layout.STEP] else base
            record[layout.SLOTS] += base
            record[layout.GOALS] += base
        registers = {level.variable: level.register for level in levels}
        for equation in self.solved:
            node = self.problem.variables[equation.variable].node
            registers[equation.variable] = emitter.at[node]
        variables = emitter.list(registers[i] for i in range(len(registers)))
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
        memory[layout.VARIABLES] = base + variables
        memory[layout.COSTS] = len(self.goals)
        memory[layout.WIDTH_FOUND] = len(self.goals) + len(registers)
        for value, register in emitter.constants.items():
            memory[register] = value
        memory[frames + layout.KEY] = -1
        order = tuple(level.variable for level in levels)
        return Program(np.array(words, np.int64), memory, order, tuple(self.solved))
