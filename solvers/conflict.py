"""Minimal conflicts: which named constraints cannot hold together.

QuickXplain (Junker, "QuickXplain: preferred explanations and relaxations for over-constrained
problems", AAAI 2004) over groups, then over the constraints of the groups that are left. Most
over-constrained problems are refuted by propagation, so sets are first made small by propagation
alone; only what is left is checked by solving. All conflicts come from the map of subsets that are
not decided yet (Liffiton et al., "Fast, flexible MUS enumeration", Constraints 2016).

Ties are broken by order of declaration: of two conflicts the one with the earlier groups is
preferred.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import replace
from typing import Protocol, TypeVar

from .answers import Conflict, Proof
from .certify import WrongAnswer, describe_constraint
from .control import Stopped
from .evaluate import evaluate
from .instance import Instance

Item = TypeVar("Item")


class Oracle(Protocol):
    """Decides subsets of an instance's constraints, given by their indices in the problem."""

    def refuted(self, active: Sequence[int]) -> bool:
        """Whether propagation alone shows that they cannot all hold."""

    def witness(self, active: Sequence[int]) -> tuple[int, ...] | None:
        """Values under which they all hold, or None if there are none.

        Raises
        ------
        Stopped
            If the control ended the search.
        """


class Consistency:
    """Decides subsets of constraints, and remembers enough to ask the oracle seldom.

    A witness decides every subset that it satisfies, a refuted set every superset.
    """

    def __init__(self, instance: Instance, oracle: Oracle) -> None:
        self.instance = instance
        self.oracle = oracle
        self.checks = 0
        self.broken: list[frozenset[int]] = []
        self.refuted: list[frozenset[int]] = []

    def propagates(self, active: Collection[int]) -> bool:
        """Whether the set is known to be inconsistent, by propagation alone."""
        chosen = frozenset(active)
        if any(known <= chosen for known in self.refuted):
            return True
        if any(known.isdisjoint(chosen) for known in self.broken):
            return False
        self._look()
        if not self.oracle.refuted(sorted(chosen)):
            return False
        self.refuted.append(chosen)
        return True

    def inconsistent(self, active: Collection[int]) -> bool:
        """Whether the constraints cannot hold together; exact."""
        chosen = frozenset(active)
        if any(known.isdisjoint(chosen) for known in self.broken):
            return False
        if self.propagates(chosen):
            return True
        self._look()
        values = self.oracle.witness(sorted(chosen))
        if values is None:
            self.refuted.append(chosen)
            return True
        broken = broken_by(self.instance, values)
        if not broken.isdisjoint(chosen):
            index = min(broken & chosen)
            raise WrongAnswer(
                f"an engine breaks {describe_constraint(self.instance.problem, index)}"
            )
        self.broken.append(broken)
        return False

    def _look(self) -> None:
        self.checks += 1
        self.instance.control.report("looking for a minimal conflict", self.checks)
        if self.instance.control.stopped:
            raise Stopped("stopped while making a conflict minimal")


def broken_by(instance: Instance, values: Sequence[int]) -> frozenset[int]:
    """Which of the instance's constraints do not hold under the values.

    Raises
    ------
    WrongAnswer
        If a value is outside its domain, or an assumption does not hold.
    """
    problem = instance.problem
    nodes = [problem.constraints[i].node for i in instance.active]
    holds = evaluate(problem, values, [*nodes, *instance.assumptions])
    inside = all(v in domain for v, domain in zip(values, instance.domains, strict=True))
    if not (inside and all(holds[len(nodes) :])):
        raise WrongAnswer("an engine breaks a domain or an assumption")
    return frozenset(i for i, ok in zip(instance.active, holds, strict=False) if not ok)


def quickxplain(
    items: Sequence[Item], inconsistent: Callable[[Sequence[Item]], bool]
) -> list[Item]:
    """A minimal inconsistent subset of `items`, which together are inconsistent.

    `inconsistent` must be monotone. Earlier items are preferred.
    """

    def explain(given: list[Item], fresh: bool, rest: Sequence[Item]) -> list[Item]:
        if fresh and inconsistent(given):
            return []
        if len(rest) == 1:
            return list(rest)
        half = (len(rest) + 1) // 2
        first, second = rest[:half], rest[half:]
        late = explain([*given, *first], True, second)
        early = explain([*given, *late], bool(late), first)
        return early + late

    return [] if not items or inconsistent([]) else explain([], False, items)


class Explainer:
    """Finds the conflicts of one instance.

    Parameters
    ----------
    instance : Instance
        Constraints without a group and assumptions are structure and always hold.
    oracle : Oracle
    """

    def __init__(self, instance: Instance, oracle: Oracle) -> None:
        problem = instance.problem
        self.instance = instance
        self.known = Consistency(instance, oracle)
        self.structure: list[int] = []
        self.groups: dict[str, list[int]] = {}
        for i in instance.active:
            name = problem.constraints[i].group
            (self.structure if name is None else self.groups.setdefault(name, [])).append(i)

    def constraints(self, groups: Collection[str]) -> list[int]:
        """The structure and the constraints of the groups."""
        return self.structure + [i for name in groups for i in self.groups[name]]

    def conflict(self) -> Conflict | None:
        """A minimal conflict, or None if everything can hold together."""
        if not self.known.inconsistent(self.constraints(self.groups)):
            return None
        return self.shrink(list(self.groups))

    def conflicts(self) -> Iterator[Conflict]:
        """All minimal conflicts, each once."""
        cores: list[frozenset[str]] = []
        rooms: list[frozenset[str]] = []
        names = list(self.groups)
        while (seed := unexplored(names, cores, rooms)) is not None:
            if self.known.inconsistent(self.constraints(seed)):
                found = self.shrink([n for n in names if n in seed])
                cores.append(frozenset(found.groups))
                yield found
                continue
            room = set(seed)
            for name in names:
                if name not in room and not self.known.inconsistent(
                    self.constraints([*room, name])
                ):
                    room.add(name)
            rooms.append(frozenset(room))

    def shrink(self, groups: Sequence[str]) -> Conflict:
        """A minimal conflict among groups that are inconsistent with the structure."""
        try:
            names = self._minimal(groups, self.constraints)
            own = [i for name in names for i in self.groups[name]]
            instances = self._minimal(own, lambda chosen: [*self.structure, *chosen])
        except Stopped as stop:
            raise Stopped(str(stop), partial=tuple(groups)) from None
        self._verify(names, instances)
        order = list(self.groups)
        return Conflict(
            tuple(sorted(names, key=order.index)),
            tuple(sorted(instances)),
            Proof("conflict", self.known.checks, reason=self._reason(len(groups))),
        )

    def _minimal(
        self, items: Sequence[Item], active: Callable[[Sequence[Item]], Sequence[int]]
    ) -> list[Item]:
        """QuickXplain by propagation where that refutes, then by solving."""
        if self.known.propagates(active(items)):
            items = quickxplain(items, lambda chosen: self.known.propagates(active(chosen)))
        return quickxplain(items, lambda chosen: self.known.inconsistent(active(chosen)))

    def _verify(self, groups: Sequence[str], instances: Sequence[int]) -> None:
        """Ask the oracle again: together inconsistent, and consistent without any one of them."""
        whole = [*self.structure, *instances]
        oracle = self.known.oracle
        if not oracle.refuted(sorted(whole)) and oracle.witness(sorted(whole)) is not None:
            raise WrongAnswer(f"the conflict of {', '.join(groups)} is none")
        for name in groups:
            if self.known.inconsistent(self.constraints([g for g in groups if g != name])):
                raise WrongAnswer(f"the conflict does not need {name}")
        for i in instances:
            if self.known.inconsistent([j for j in whole if j != i]):
                raise WrongAnswer(f"the conflict does not need constraint {i}")

    def _reason(self, size: int) -> str:
        return f"minimal among {size} named constraints, {self.known.checks} checks"


def unexplored(
    names: Sequence[str], cores: Sequence[frozenset[str]], rooms: Sequence[frozenset[str]]
) -> frozenset[str] | None:
    """A set of names that contains no core and lies in no room, as large as comes easily.

    It hits the complement of every room and misses a name of every core.
    """

    def search(kept: frozenset[str], open_cores: list[frozenset[str]]) -> frozenset[str] | None:
        if any(kept <= room for room in rooms):
            return None
        rest = [core for core in open_cores if core <= kept]
        if not rest:
            return kept
        for name in sorted(rest[0], key=names.index, reverse=True):
            found = search(kept - {name}, rest)
            if found is not None:
                return found
        return None

    return search(frozenset(names), list(cores))


def subset(instance: Instance, active: Sequence[int]) -> Instance:
    """The same question with only these constraints."""
    return replace(instance, active=tuple(active))
