"""Answers by trying every assignment, with the evaluator alone: slow, and right by inspection.

It shares nothing with the lowering and the solvers, so it can judge both. A condition is looked at
as soon as all the choices that it reads are made; what it is waiting for it says itself, by
reading a choice that has no value yet.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, TypeAlias

from archwright.dsl import nodes
from archwright.dsl.diagnostics import ArchError
from archwright.dsl.types import Num

from .asking import Always, CannotTell, Chosen
from .bound import Bound, Key, key_text
from .constraint_names import ConstraintNames
from .evaluate import Evaluation, names_match
from .evaluation.conditions import conditions, networks, op_conditions
from .evaluation.failures import Broken, EvaluationError, Unread
from .evaluation.frames import World, inward, outward
from .evaluation.instance import Instance
from .evaluation.networks import Operation
from .evaluation.structure import ChoiceMember, choice_members, obligations
from .mistakes import out_of_domain
from .values import Value

LIMIT = 2_000_000

Check: TypeAlias = Callable[[World], bool]
Choices: TypeAlias = dict[str, Value]


@dataclass(frozen=True)
class _Question:
    """What is asked, hashable so that its solutions can be kept."""

    chosen: tuple[Chosen, ...]
    without: tuple[str, ...]
    only: tuple[str, ...] | None = None

    def keeps(self, name: str) -> bool:
        """Whether a `require` takes part."""
        if any(names_match(dropped, name) for dropped in self.without):
            return False
        return self.only is None or any(names_match(wanted, name) for wanted in self.only)


class BruteForce:
    """Answers the claims of `expect` for small specs.

    Parameters
    ----------
    bound : Bound
    limit : int
        How many values of choices are tried before it gives up with `CannotTell`.
    """

    def __init__(self, bound: Bound, limit: int = LIMIT) -> None:
        self.bound, self.limit = bound, limit
        self._instance = Instance.of(bound)
        self._members = choice_members(self._instance)
        self._known: dict[_Question, list[Choices]] = {}
        self._names = ConstraintNames.of(bound)

    def _question(
        self,
        chosen: Sequence[Chosen],
        without: Sequence[str],
        only: Sequence[str] | None = None,
    ) -> _Question:
        kept = None if only is None else self._names.meant(only)
        return _Question(tuple(chosen), self._names.meant(without), kept)

    # -------------------------------------------------------------------------------- answers

    def solutions(
        self, chosen: Sequence[Chosen] = (), without: Sequence[str] = ()
    ) -> list[Choices]:
        """Every solution, as the values of its active choices."""
        return self._solutions(self._question(chosen, without))

    def sat(self, chosen: tuple[Chosen, ...], without: tuple[str, ...]) -> bool:
        """Whether there is a solution."""
        return self._any(self._question(chosen, without))

    def unsat_by(
        self, chosen: tuple[Chosen, ...], without: tuple[str, ...], names: tuple[str, ...]
    ) -> bool:
        """Whether the named requires and the unnamed structure alone have no solution."""
        return not self._any(self._question(chosen, without, names or None))

    def count(self, chosen: tuple[Chosen, ...], without: tuple[str, ...]) -> int:
        """How many distinct assignments of active choices there are."""
        return len(self.solutions(chosen, without))

    def front_size(self, chosen: tuple[Chosen, ...], without: tuple[str, ...]) -> int:
        """How many distinct goal vectors are not dominated."""
        vectors = sorted({self._vector(s) for s in self.solutions(chosen, without)})
        front: list[tuple[Fraction, ...]] = []
        for vector in vectors:  # sorted, so that nothing later dominates something earlier
            if not any(all(a <= b for a, b in zip(v, vector, strict=True)) for v in front):
                front.append(vector)
        return len(front)

    def best(
        self, goal: str, chosen: tuple[Chosen, ...], without: tuple[str, ...]
    ) -> Fraction | None:
        """The optimum of a goal, earlier `lex` goals at theirs; None without a solution."""
        spec = self.bound.spec
        position = list(spec.goals).index(goal)
        lex = spec.optimize is not None and spec.optimize.mode == "lex"
        first = 0 if lex else position
        vectors = [self._vector(s) for s in self.solutions(chosen, without)]
        if not vectors:
            return None
        best = min(v[first : position + 1] for v in vectors)[-1]
        return -best if spec.goals[goal].sense == "maximize" else best

    def error(self, goal: str, chosen: tuple[Chosen, ...], without: tuple[str, ...]) -> Fraction:
        """How far that may be from the optimum with true logarithms."""
        solutions = self.solutions(chosen, without)
        errors = (Evaluation(self.bound, s).errors().get(goal) for s in solutions)
        return max((e for e in errors if e is not None), default=Fraction(0))

    def always(
        self, condition: nodes.Expr, chosen: tuple[Chosen, ...], without: tuple[str, ...]
    ) -> Always:
        """Whether a condition holds in every solution."""
        solutions = self.solutions(chosen, without)
        doubtful = None
        for solution in solutions:
            evaluation = Evaluation(self.bound, solution)
            try:
                held = evaluation.expression(condition)
            except Broken:
                held = False  # it has no value there: no row in a table, an `exact` that is not
            if not held:
                return Always(True, solution)
            if evaluation.world.doubts and doubtful is None:
                doubtful = solution
        return Always(bool(solutions), doubtful, doubtful is not None)

    def domain(
        self, name: str, indices: Key, chosen: tuple[Chosen, ...], without: tuple[str, ...]
    ) -> frozenset[Value]:
        """The values of a choice, or of all members of a family, over the solutions."""
        keys = {m.key for m in self._members if m.name == name}
        if indices:
            keys &= {key_text(name, indices)}
        return frozenset(
            solution[key]
            for solution in self.solutions(chosen, without)
            for key in keys
            if key in solution
        )

    def _vector(self, solution: Choices) -> tuple[Fraction, ...]:
        evaluation = Evaluation(self.bound, solution)
        goals = self.bound.spec.goals
        return tuple(
            evaluation.goal(name) * (-1 if goals[name].sense == "maximize" else 1) for name in goals
        )

    # --------------------------------------------------------------------------------- search

    def _any(self, question: _Question) -> bool:
        if question in self._known:
            return bool(self._known[question])
        return next(self._search(question), None) is not None

    def _solutions(self, question: _Question) -> list[Choices]:
        if question not in self._known:
            self._known[question] = list(self._search(question))
        return self._known[question]

    def _search(self, question: _Question) -> Iterator[Choices]:
        for chosen in question.chosen:
            self._check_fixed(chosen)
        search = _Search(self._members, self._checks(question), question.chosen, self.limit)
        return search.run()

    def _checks(self, question: _Question) -> list[Check]:
        checks: list[Check] = []
        for obligation in obligations(self._instance):
            checks.append(lambda world, o=obligation: o.check(world) or True)  # type: ignore[misc]
        for instance in self._instance.walk():
            for condition in conditions(instance, nodes.Require):
                if question.keeps(condition.name):
                    checks.append(condition.holds)
            checks += [_op_check(network, question) for network in networks(instance)]
        return checks

    def _check_fixed(self, chosen: Chosen) -> None:
        """Refuse a value that no member it fixes could take, or not one that is always active."""
        members = [m for m in self._members if m.name == chosen.name]
        if chosen.indices:
            members = [m for m in members if m.key == key_text(chosen.name, chosen.indices)]
        able = [m for m in members if inward(chosen.value) in self._reach(m, {})]
        unable = [m for m in members if m not in able and (not able or _always_active(m))]
        if unable:
            first = unable[0]
            type_ = first.instance.spec.types[first.node]
            type_ = getattr(type_, "member", type_)
            legal = dict.fromkeys(v for m in unable for v in self._reach(m, {}))
            raise ArchError(
                out_of_domain(
                    key_text(chosen.name, chosen.indices),
                    chosen.value,
                    first.node.domain,
                    type_.dimension if isinstance(type_, Num) else None,
                    [outward(v) for v in legal],
                    chosen.span,
                    declared=first.node.name.span,
                )
            )

    def _reach(self, member: ChoiceMember, choices: Choices) -> list[Any]:
        """The values of a domain, under all values of the choices that it reads."""
        try:
            return member.values(World(choices))
        except Unread as unread:
            read = next(m for m in self._members if m.key == unread.key)
            worlds = ({**choices, read.key: value} for value in self._reach(read, choices))
            return list(dict.fromkeys(v for world in worlds for v in self._reach(member, world)))
        except Broken:
            return []


def _always_active(member: ChoiceMember) -> bool:
    """Whether a guard holds that reads no choice, or there is none."""
    try:
        return member.active(World({}))
    except (Unread, Broken):
        return False


def _op_check(network: Operation, question: _Question) -> Check:
    def check(world: World) -> bool:
        return all(c.held for c in op_conditions(network, world) if question.keeps(c.name))

    return check


class _Search:
    """Depth-first search over the choices; every check waits for one choice at a time."""

    def __init__(
        self,
        members: Sequence[ChoiceMember],
        checks: Sequence[Check],
        chosen: Sequence[Chosen],
        limit: int,
    ) -> None:
        self.members, self.checks, self.limit = members, checks, limit
        # a family's bare name fixes the active members; what has a key of its own must be active
        self.by_name = {c.name: inward(c.value) for c in chosen if not c.indices}
        self.by_key = {key_text(c.name, c.indices): inward(c.value) for c in chosen}
        self.choices: dict[str, Any] = {}
        self.open = {m.key for m in members}
        self.waiting: dict[str, list[Check]] = defaultdict(list)
        self.tried = 0

    def run(self) -> Iterator[Choices]:
        """All solutions."""
        woken = self._wake(self.checks)
        if woken is not None:
            yield from self._extend(list(self.members))

    def _extend(self, members: list[ChoiceMember]) -> Iterator[Choices]:
        if not members:
            yield {key: outward(value) for key, value in self.choices.items()}
            return
        member, values = self._next(members)
        rest = [m for m in members if m is not member]
        self.open.discard(member.key)
        checks = self.waiting.pop(member.key, [])
        for value in values:
            self.tried += 1
            if self.tried > self.limit:
                raise CannotTell(f"brute force gave up after trying {self.limit:_} values")
            if value is not _ABSENT:
                self.choices[member.key] = value
            woken = self._wake(checks)
            if woken is not None:
                yield from self._extend(rest)
                for key in woken:
                    self.waiting[key].pop()
            self.choices.pop(member.key, None)
        self.waiting[member.key] = checks
        self.open.add(member.key)

    def _next(self, members: list[ChoiceMember]) -> tuple[ChoiceMember, list[Any]]:
        """The first choice whose guard and domain are known, with its values."""
        world = World(self.choices)
        for member in members:
            try:
                return member, self._values(member, world)
            except Unread as unread:
                self._must_be_open(unread)
            except Broken:
                return member, []
        raise EvaluationError("the guards or domains of the choices depend on one another")

    def _values(self, member: ChoiceMember, world: World) -> list[Any]:
        if not member.active(world):
            return [] if member.key in self.by_key else [_ABSENT]
        values = member.values(world)
        for fixed in (self.by_name.get(member.name), self.by_key.get(member.key)):
            if fixed is not None:
                values = [v for v in values if v == fixed]
        return values

    def _wake(self, checks: Sequence[Check]) -> list[str] | None:
        """Try some checks; None if one fails, else what the undecided ones wait for now."""
        world = World(self.choices)
        woken: list[str] = []
        for check in checks:
            try:
                held = check(world)
            except Unread as unread:
                self._must_be_open(unread)
                self.waiting[unread.key].append(check)
                woken.append(unread.key)
                continue
            except Broken:
                held = False
            if not held:
                for key in reversed(woken):
                    self.waiting[key].pop()
                return None
        return woken

    def _must_be_open(self, unread: Unread) -> None:
        if unread.key not in self.open:
            raise EvaluationError(f"{unread.key} is read where it is inactive")


_ABSENT = object()
