"""Run the `expect` lines of a spec against anything that can answer its questions."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from operator import eq, ge, gt, le, lt, ne
from typing import Any

from archwright.dsl import nodes
from archwright.dsl.diagnostics import ArchError, Diagnostic
from archwright.dsl.names import best_name, path_text
from archwright.dsl.spec import Spec
from archwright.dsl.units import Dimension, Quantity, format_quantity

from .asking import Asker, CannotTell, Chosen
from .bind import bind_inputs, static_value
from .binder import Inputs
from .bound import Bound, key_text
from .evaluate import Broken, Evaluation, Undefined, Unread
from .evaluation.frames import outward
from .listing import in_text, is_open, spread
from .logarithms import Approximate, doubtful, settled
from .mistakes import SHOWN, constant_mistake, value_text
from .values import Enumerator, Value


@dataclass(frozen=True)
class ExpectResult:
    """What became of one `expect` line.

    Attributes
    ----------
    expected, found : str
        The claim as written and the answer in the same terms.
    skipped : str
        Why there is no answer; empty where there is one.
    diagnostics : tuple of Diagnostic
        Mistakes in the line itself, such as a fixed value outside its domain.
    """

    expect: nodes.Expect
    ok: bool
    expected: str
    found: str
    seconds: float
    skipped: str = ""
    diagnostics: tuple[Diagnostic, ...] = ()


LITERALS = (nodes.Number, nodes.Quantity, nodes.Bool)
COMPARE: Mapping[str, Callable[[Any, Any], bool]] = {
    "==": eq,
    "!=": ne,
    "<=": le,
    ">=": ge,
    "<": lt,
    ">": gt,
}


def run(
    spec: Spec,
    asker: Callable[[Bound], Asker],
    *,
    parameters: Mapping[str, object] | None = None,
    tables: Mapping[str, object] | None = None,
    hardware: Mapping[str, object] | None = None,
    trust_paths: bool = False,
) -> list[ExpectResult]:
    """Check every `expect` of a spec, in order of the text.

    Parameters
    ----------
    asker : callable
        Makes something to ask from a bound spec; called once for each distinct binding.
    parameters, tables, hardware, trust_paths
        As for `bind`; parameters that a line names come from the line.
    """
    runner = Runner(spec, asker, Inputs(parameters or {}, tables, hardware, trust_paths))
    return [runner.run(line) for line in lines(spec)]


def lines(spec: Spec) -> list[nodes.Expect]:
    """The `expect` lines of a spec, in order of the text."""
    return [item for item in spec.file.items if isinstance(item, nodes.Expect)]


class Runner:
    """Runs the lines of one spec; a binding that several lines share is made once."""

    def __init__(self, spec: Spec, asker: Callable[[Bound], Asker], inputs: Inputs) -> None:
        self.spec, self.asker, self.inputs = spec, asker, inputs
        self._asked: dict[frozenset[tuple[str, object]], tuple[Bound, Asker] | ArchError] = {}

    def run(self, line: nodes.Expect) -> ExpectResult:
        """Check one line."""
        start = time.perf_counter()
        expected = " ".join(line.claim.span.text.split())
        ok, found, skipped = False, "", ""
        diagnostics: tuple[Diagnostic, ...] = ()
        try:
            ok, found = self._check(line)
        except CannotTell as reason:
            skipped = str(reason)
        except ArchError as error:
            diagnostics = error.diagnostics
            found = f"{diagnostics[0].slug}: {diagnostics[0].message}"
        except (Broken, Undefined) as wrong:
            diagnostics = (constant_mistake(wrong),)
            found = f"{diagnostics[0].slug}: {diagnostics[0].message}"
        seconds = time.perf_counter() - start
        return ExpectResult(line, ok, expected, found, seconds, skipped, diagnostics)

    def _check(self, line: nodes.Expect) -> tuple[bool, str]:
        here, asker, chosen, without = self.question(line)
        return _claim(line.claim, here, asker, chosen, without)

    def question(
        self, line: nodes.Expect
    ) -> tuple[Evaluation, Asker, tuple[Chosen, ...], tuple[str, ...]]:
        """What a line asks about: the bound spec, who answers, what is fixed and what is dropped.

        Raises
        ------
        ArchError
            If the line changes an input to something that does not fit.
        """
        changes: dict[str, object] = {}
        fixes: list[nodes.Assign] = []
        for assign in line.fixes:
            name = path_text(assign.path)
            owner, node = _declared(self.spec, assign.path)
            if isinstance(node, nodes.Param):
                assert not isinstance(assign.value, nodes.Values)  # the checker tells of one
                changes[name] = self._parameter(owner, node, assign.value)
            elif isinstance(node, nodes.Hardware):
                changes[name] = assign.value.span.text
            else:
                fixes.append(assign)
        bound, asker = self._ask(changes)
        here = Evaluation(bound, {})
        chosen = tuple(c for fix in fixes for c in _chosen(fix, here))
        return here, asker, chosen, tuple(path_text(path) for path in line.without)

    def _parameter(self, owner: Spec, node: nodes.Param, value: nodes.Expr) -> object:
        found = static_value(self.spec, value, self.inputs)
        if isinstance(found, Fraction):
            return Quantity(found, owner.dimension(node))
        return found

    def _ask(self, changes: Mapping[str, object]) -> tuple[Bound, Asker]:
        key = frozenset(changes.items())
        if key not in self._asked:
            try:
                bound = bind_inputs(self.spec, self.inputs.changed(changes))
                self._asked[key] = bound, self.asker(bound)
            except ArchError as error:
                self._asked[key] = error
        found = self._asked[key]
        if isinstance(found, ArchError):
            raise found
        return found


def _chosen(fix: nodes.Assign, here: Evaluation) -> Iterator[Chosen]:
    """What an assignment fixes; a list fixes the members of a family one by one."""
    name = path_text(fix.path)
    if not isinstance(fix.value, nodes.Values):
        indices = tuple(here.expression(i) for i in fix.indices)
        yield Chosen(name, indices, here.expression(fix.value), fix.span)
        return
    members = [m for m in here.members() if m.name == name]
    if members:  # a family without members has none to fix
        keys = [tuple(outward(i) for i in m.indices) for m in members]
        for key, value in spread(members[0].node, name, keys, fix.value, in_text):
            if not is_open(value):
                yield Chosen(name, key, here.expression(value), value.span)


def _declared(spec: Spec, path: nodes.Path) -> tuple[Spec, nodes.Node]:
    for alias in path[:-1]:
        spec = spec.imports[alias.text]
    return spec, spec.names[path[-1].text]


# ----------------------------------------------------------------------------------------- claims


def _claim(
    claim: nodes.Claim,
    here: Evaluation,
    asker: Asker,
    chosen: tuple[Chosen, ...],
    without: tuple[str, ...],
) -> tuple[bool, str]:
    """Whether a claim holds, and what is the case in its own terms."""
    match claim:
        case nodes.Sat():
            found = asker.sat(chosen, without)
            return found, "sat" if found else "unsat"
        case nodes.Unsat():
            names = tuple(path_text(name) for name in claim.names)
            if asker.unsat_by(chosen, without, names):
                return True, "unsat"
            return False, f"sat under {', '.join(names)} alone" if names else "sat"
        case nodes.CountIs():
            count = asker.count(chosen, without)
            return COMPARE[claim.op](count, here.number(claim.value)), f"count == {count}"
        case nodes.FrontIs():
            size = asker.front_size(chosen, without)
            return COMPARE[claim.op](size, here.number(claim.value)), f"front == {size}"
        case nodes.BestIs():
            return _best(claim, here, asker, chosen, without)
        case nodes.ValueIs():
            return _always(claim, here, asker, chosen, without)
        case nodes.DomainIs():
            indices = tuple(here.expression(i) for i in claim.indices)
            name = path_text(claim.path)
            values = asker.domain(name, indices, chosen, without)
            owner, node = _declared(here.bound.spec, claim.path)
            dimension = _dimension(owner, node)
            shown = ", ".join(value_text(v, dimension) for v in sorted(values, key=_order))
            return (
                values == frozenset(here.domain(claim.domain)),
                f"domain {key_text(name, indices)} is {{{shown}}}",
            )


def _best(
    claim: nodes.BestIs,
    here: Evaluation,
    asker: Asker,
    chosen: tuple[Chosen, ...],
    without: tuple[str, ...],
) -> tuple[bool, str]:
    name = best_name(claim, here.bound.spec.goals)
    best = asker.best(name, chosen, without)
    if best is None:
        return False, "unsat"
    spec = here.bound.spec
    shown = format_quantity(best, spec.dimension(spec.goals[name].value))
    found, wanted = f"best {name} == {shown}", here.inexact(claim.value)
    error = asker.error(name, chosen, without)
    if error and doubtful(claim.op, Approximate(best, error, error), wanted):
        return False, f"{found}, which its error does not tell from {claim.value.span.text}"
    return COMPARE[claim.op](best, settled(wanted)), found


def _always(
    claim: nodes.ValueIs,
    here: Evaluation,
    asker: Asker,
    chosen: tuple[Chosen, ...],
    without: tuple[str, ...],
) -> tuple[bool, str]:
    answer = asker.always(claim.value, chosen, without)
    if not answer.solvable:
        return False, "unsat"
    if answer.broken is None:
        return True, "true in every solution"
    witness = ", ".join(_witness(here.bound, claim.value, answer.broken))
    if answer.doubtful:
        return False, f"numbers too close for the errors of their logarithms: {witness}"
    return False, f"a solution with {witness}"


def _witness(bound: Bound, condition: nodes.Expr, choices: Mapping[str, Value]) -> list[str]:
    """What a condition reads in a solution that breaks it: its terms, else the choices."""
    evaluation = Evaluation(bound, choices)
    said = {}
    for term in _terms(condition):
        with suppress(Broken, Undefined, Unread):  # a term that a guard keeps from being read
            text = value_text(evaluation.expression(term), _dimension(bound.spec, term))
            said[" ".join(term.span.text.split())] = text
    if not said:
        dimensions = {
            member.key: _dimension(member.instance.spec, member.node)
            for member in evaluation.members()
        }
        said = {key: value_text(v, dimensions[key]) for key, v in choices.items()}
    shown = [f"{name} == {text}" for name, text in list(said.items())[:SHOWN]]
    return shown + ["..."] * (len(said) > SHOWN)


def _terms(node: nodes.Expr) -> Iterator[nodes.Expr]:
    """The parts of a condition that are worth showing, as far as they stand outside of loops."""
    match node:
        case nodes.Compare():
            yield from (side for side in node.operands if not isinstance(side, LITERALS))
        case nodes.Binary(op="divides"):
            yield from (side for side in (node.left, node.right) if not isinstance(side, LITERALS))
        case nodes.Binary():
            yield from _terms(node.left)
            yield from _terms(node.right)
        case nodes.Unary(operand=inner) | nodes.Group(inner=inner) | nodes.Member(item=inner):
            yield from _terms(inner)
        case nodes.Choose():
            for part in (node.condition, node.then, node.otherwise):
                yield from _terms(part)
        case nodes.Name() | nodes.Index() | nodes.Field():
            yield node


def _dimension(spec: Spec, node: nodes.Node) -> Dimension | None:
    try:
        return spec.dimension(node)
    except (TypeError, KeyError):
        return None


def _order(value: Value) -> tuple[int, Fraction | int]:
    if isinstance(value, Enumerator):
        return 1, value.position
    return 0, value
