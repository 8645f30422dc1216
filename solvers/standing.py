"""One set of conditions, flattened and propagated once, and asked within smaller domains.

Witnesses are solutions that were found for earlier questions; each passed the referee
(`columns.py`). A probe for a value tries values of other variables first that are not known to be
possible either, so one solution shows many.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from threading import RLock

import numpy as np
from numpy.typing import NDArray

from . import exhaustive, planner
from . import memory as layout
from .answers import Status
from .certify import WrongAnswer, describe
from .columns import evaluate_columns
from .compiled import Words
from .control import Control, Stopped
from .flatten import LISTED, Flat
from .instance import Instance
from .lexicographic import Climb
from .possible import rest
from .problem import Values
from .slices import Slices, Stop, listed_values

WITNESSES = 2048  # solutions that are kept
ASKED = 32  # questions of which it is kept what was impossible

Rows = NDArray[np.int64]
Impossible = dict[tuple[int, int], frozenset[int]]  # by variable and condition


class Conditions:
    """A set of conditions over the whole domains.

    Parameters
    ----------
    whole : Instance
        Without goals.
    watched : tuple of int
        Truth nodes that a question may switch on.
    known : array of shape (assignments, variables)
        Likely solutions.
    """

    def __init__(self, whole: Instance, watched: tuple[int, ...], known: Rows) -> None:
        self.problem, self.watched = whole.problem, watched
        self.whole = replace(whole, control=Control())
        constraints = self.problem.constraints
        self.nodes = [constraints[i].node for i in whole.active] + list(whole.assumptions)
        variables = range(len(whole.domains))
        self.flat = Flat(self.problem, whole.domains, variables, self.nodes, (), watched)
        self.addresses = list(self.flat.decisions.values())
        self.slices = propagated(Slices(self.flat.memory, whole.control))
        self.rows: Rows = np.empty((0, len(variables)), np.int64)
        self.holds: Rows = np.empty((0, len(watched)), np.int64)
        self._impossible: list[tuple[tuple[Values, ...], frozenset[int], Impossible]] = []
        self._lock = RLock()
        self.add(known, sure=False)

    def add(self, rows: Rows, sure: bool = True) -> None:
        """Keep solutions, checked by the referee.

        Raises
        ------
        WrongAnswer
            If one that is said to be sure breaks a condition; others are left out.
        """
        if not len(rows):
            return
        columns = dict(enumerate(rows.T))
        found = evaluate_columns(self.problem, columns, [*self.nodes, *self.watched], len(rows))
        good = np.ones(len(rows), bool)
        for position, column in enumerate(found[: len(self.nodes)]):
            good &= column != 0
            if sure and not good.all():
                raise WrongAnswer(f"a solution breaks {describe(self.whole, position)}")
        for variable, domain in enumerate(self.whole.domains):
            good &= [int(value) in domain for value in rows[:, variable]]
        flags = np.array(found[len(self.nodes) :], np.int64).reshape(len(self.watched), len(rows))
        with self._lock:
            self.rows = np.concatenate([rows[good], self.rows])[:WITNESSES]
            self.holds = np.concatenate([flags.T[good], self.holds])[:WITNESSES]

    def inside(self, domains: Sequence[Values], truths: Iterable[int]) -> Rows:
        """The witnesses within domains where some watched nodes hold."""
        with self._lock:
            rows, holds = self.rows, self.holds
        kept = np.ones(len(rows), bool)
        for truth in truths:
            kept &= holds[:, self.watched.index(truth)] != 0
        for variable, (whole, domain) in enumerate(zip(self.whole.domains, domains, strict=True)):
            if len(domain) < len(whole):
                kept &= np.isin(rows[:, variable], np.array(domain))
        return rows[kept]

    def impossible(self, domains: tuple[Values, ...], truths: frozenset[int]) -> Impossible:
        """What wider questions have shown to be impossible."""
        with self._lock:
            asked = list(self._impossible)
        found: Impossible = {}
        for wider, fewer, without in asked:
            if fewer <= truths and all(map(_covers, wider, domains)):
                for key, values in without.items():
                    found[key] = found.get(key, frozenset()) | values
        return found

    def exclude(
        self, domains: tuple[Values, ...], truths: frozenset[int], without: Impossible
    ) -> None:
        """Keep what is impossible for a question."""
        with self._lock:
            self._impossible = [*self._impossible[1 - ASKED :], (domains, truths, without)]

    def narrowed(
        self, slices: Slices, control: Control, domains: Mapping[int, Values], truths: Iterable[int]
    ) -> Slices | None:
        """A copy with smaller domains and truths that hold, not propagated; None: refuted."""
        copy = Slices(slices.memory.copy(), control)
        for variable, domain in domains.items():
            x = self.addresses[variable]
            alive = common(living(copy.memory, x), domain)
            if not alive:
                return None
            _keep(copy.memory, x, alive)
            copy.confine(x, alive[0], alive[-1])
        for truth in truths:
            x, value = self.flat.watched[truth]
            lo, hi = copy.memory[x + layout.LO], copy.memory[x + layout.HI]
            if not lo <= value <= hi:
                return None
            copy.confine(x, value, value)
        return copy


class Everything:
    """All solutions of a small set of conditions, with what holds in each of the watched nodes."""

    def __init__(self, listed: exhaustive.Listed, watched: Sequence[int]) -> None:
        self.rows = listed.rows
        columns = dict(enumerate(self.rows.T))
        found = evaluate_columns(listed.instance.problem, columns, watched, len(self.rows))
        self.holds = dict(zip(watched, found, strict=True))

    def left(
        self, instance: Instance, truths: Sequence[int], under: Mapping[int, int]
    ) -> list[tuple[int, ...]]:
        """For each variable the values that it has in some solution where its condition holds."""
        kept = np.ones(len(self.rows), bool)
        for truth in truths:
            kept &= self.holds[truth] != 0
        for column, domain in zip(self.rows.T, instance.domains, strict=True):
            kept &= np.isin(column, np.array(domain))
        result = []
        for variable, column in enumerate(self.rows.T):
            here = kept & (self.holds[under[variable]] != 0) if variable in under else kept
            result.append(tuple(np.unique(column[here]).tolist()))
        return result


class Asked:
    """One question about a set of conditions.

    Parameters
    ----------
    truths : sequence of int
        Watched nodes that have to hold.
    under : mapping of int to int
        The watched node under which a variable's values count.
    """

    def __init__(
        self,
        standing: Conditions,
        instance: Instance,
        truths: Sequence[int],
        under: Mapping[int, int],
    ) -> None:
        self.standing, self.instance, self.truths = standing, instance, truths
        self.control = instance.control
        self.conditions = [under.get(v, -1) for v in range(len(instance.domains))]
        self.roots: dict[int, Slices | None] = {}
        self.open: dict[int, Open] = {}
        whole = standing.whole.domains
        smaller = {v: d for v, d in enumerate(instance.domains) if len(d) < len(whole[v])}
        root = None
        if standing.slices is not None:
            root = standing.narrowed(standing.slices, self.control, smaller, truths)
        self.roots[-1] = root and propagated(root)

    def root(self, condition: int) -> Slices | None:
        """The memory where a condition holds, propagated; -1 stands for none."""
        plain = self.roots[-1]
        if condition not in self.roots:
            here = plain and self.standing.narrowed(plain, self.control, {}, [condition])
            self.roots[condition] = here and propagated(here)
        return self.roots[condition]

    def left(self) -> list[tuple[int, ...]]:
        """What propagation leaves of each domain."""
        return [tuple(values) for values in self.spans()]

    def spans(self) -> list[Values]:
        """The same, an interval as a range."""
        return [self.span(variable) for variable in range(len(self.conditions))]

    def span(self, variable: int) -> Values:
        """What propagation leaves of one domain."""
        root = self.root(self.conditions[variable])
        return () if root is None else living(root.memory, self.standing.addresses[variable])

    def exactly(self, only: Sequence[int]) -> list[tuple[int, ...]]:
        """The values that each variable has in some solution in which its condition holds."""
        left = self.spans()
        truths = frozenset(self.truths)
        known = self.standing.impossible(self.instance.domains, truths)
        self.open = {v: Open(left[v], known.get((v, self.conditions[v]), ())) for v in only}
        learned: list[tuple[int, ...]] = []

        def learn(rows: Rows) -> None:
            found = evaluate_columns(
                self.instance.problem,
                dict(enumerate(rows.T)),
                [c for c in self.conditions if c >= 0],
                len(rows),
            )
            flags = iter(found)
            for variable, condition in enumerate(self.conditions):
                column = rows[:, variable]
                if condition >= 0:
                    column = column[next(flags) != 0]
                if variable in self.open:
                    self.open[variable].possible.update(np.unique(column).tolist())

        learn(self.standing.inside(self.instance.domains, self.truths))
        try:
            for variable in only:
                here = self.open[variable]
                while (run := here.run()) is not None:
                    if self.control.stopped:
                        raise Stopped("stopped while finding possible values")
                    done = sum(len(its.possible) for its in self.open.values())
                    self.control.report("finding possible values", done)
                    found = self._probe(variable, run)
                    if found is None:
                        here.refuted()
                    else:
                        learned.append(found)
                        learn(np.array([found], np.int64))
        except Stopped as stop:
            shown = {v: its.possible for v, its in self.open.items()}
            partial = [tuple(sorted(shown.get(v, ()))) for v in range(len(left))]
            raise Stopped(str(stop), partial) from None
        finally:
            if learned:
                self.standing.add(np.array(learned, np.int64))
        without: Impossible = {}
        result = [tuple(values) for values in left]
        for variable, its in self.open.items():
            if len(self.standing.whole.domains[variable]) <= LISTED:
                gone = frozenset(self.instance.domains[variable]) - its.possible
                if gone:
                    without[variable, self.conditions[variable]] = gone
            result[variable] = tuple(sorted(its.possible))
        self.standing.exclude(self.instance.domains, truths, without)
        return result

    def _probe(self, variable: int, run: Values) -> tuple[int, ...] | None:
        """A solution with a variable within a run of its values, where its condition holds."""
        condition = self.conditions[variable]
        root = self.root(condition)
        if root is None:
            return None
        glance = planner.OneSlice(parent=self.control)
        slices = self.standing.narrowed(root, glance, {variable: run}, ())
        if slices is None:
            return None
        m = slices.memory
        for other, its in self.open.items():
            wanted = its.first()
            if wanted is not None:
                x = self.standing.addresses[other]
                m[x + layout.PHASE] = wanted
                m[x + layout.HAS_PHASE] = layout.HINTED
        status, found = Climb(self.standing.flat, slices, self.instance.problem).run()
        if status is Status.UNKNOWN:
            planner.stop_if(self.control, "finding possible values")
            return self._search(variable, run, condition)
        return None if found is None else tuple(found)

    def _search(self, variable: int, run: Values, condition: int) -> tuple[int, ...] | None:
        """The same with every engine, where a moment of search does not decide it."""
        domains = list(self.instance.domains)
        domains[variable] = run
        assumed = self.instance.assumptions + ((condition,) if condition >= 0 else ())
        here = replace(self.instance, domains=tuple(domains), assumptions=assumed)
        found = planner.best(here)
        if found.status is Status.UNKNOWN:
            raise Stopped("stopped while finding possible values")
        return found.values


class Open:
    """The values of one variable of which nothing is known yet; a question costs no pass over them.

    Parameters
    ----------
    values : range or tuple of int
        What propagation leaves, rising.
    impossible : collection of int

    Attributes
    ----------
    possible : set of int
        Values that a solution has; whoever finds one adds it.
    """

    def __init__(self, values: Values, impossible: Collection[int]) -> None:
        self.values, self.possible = values, set[int]()
        self._waiting = rest(values, impossible)[::-1]  # runs; some values may be possible by now
        self._impossible = set(impossible)
        self._place = 0

    def run(self) -> Values | None:
        """The first consecutive values that are open; None if there are none."""
        while self._waiting:
            run = self._waiting.pop()
            parts = rest(run, self.possible)
            self._waiting += parts[::-1]
            if len(parts) == 1 and len(parts[0]) == len(run):
                return run
        return None

    def refuted(self) -> None:
        """The run that was given last has no solution."""
        self._impossible.update(self._waiting.pop())

    def first(self) -> int | None:
        """The first value that is open; it only rises."""
        while self._place < len(self.values):
            value = self.values[self._place]
            if value not in self.possible and value not in self._impossible:
                return value
            self._place += 1
        return None


def common(values: Values, others: Values) -> Values:
    """The values that are in both, rising."""
    if isinstance(values, range) and isinstance(others, range) and values.step == others.step == 1:
        return range(max(values.start, others.start), min(values.stop, others.stop))
    kept = others if isinstance(others, range) else frozenset(others)
    return tuple(v for v in values if v in kept)


def propagated(slices: Slices) -> Slices | None:
    """The memory with what propagation leaves, for good; None if it refutes.

    Raises
    ------
    Stopped
        If the control ends it before.
    """
    try:
        status = slices.task(layout.ROOT, "propagating")
    except Stop:
        raise Stopped("stopped while propagating") from None
    return None if status == layout.REFUTED else slices


def living(m: Words, x: int) -> Values:
    """The values that a variable still has."""
    lo, hi, words = int(m[x + layout.LO]), int(m[x + layout.HI]), int(m[x + layout.WORDS])
    if not words:
        return range(lo, hi + 1)
    values = listed_values(m, x)
    n = len(values)
    bits = m[words : words + 2 * -(-n // 64) : 2].copy().view(np.uint8)
    alive = np.flatnonzero(np.unpackbits(bits, bitorder="little")[:n]).tolist()
    return tuple(int(values[i]) for i in alive if lo <= values[i] <= hi)


def _keep(m: Words, x: int, values: Sequence[int]) -> None:
    """Leave only some of a listed variable's values; of an interval that has them all."""
    words = int(m[x + layout.WORDS])
    if not words or len(values) == values[-1] - values[0] + 1:
        return
    listed = listed_values(m, x)
    n = len(listed)
    kept = np.zeros(64 * -(-n // 64), np.uint8)
    kept[:n] = np.isin(np.array(listed), np.array(values))
    m[words : words + len(kept) // 32 : 2] = np.packbits(kept, bitorder="little").view(np.int64)


def _covers(wider: Values, domain: Values) -> bool:
    """Whether every value of a domain is in another one."""
    return wider is domain or (
        len(domain) <= len(wider) and len(common(domain, wider)) == len(domain)
    )
