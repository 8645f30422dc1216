"""Choices: variables with a hull of values, activity, membership and pins as structure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, NoReturn

from archwright.dsl import nodes
from archwright.dsl.diagnostics import ArchError, Fix, Label
from archwright.dsl.diagnostics import Value as Shown
from archwright.solvers.expressions import Expr

from ..bound import index_text, key_text
from ..mistakes import value_text
from ..values import Enumerator, Value
from . import domains
from .coding import Coding, listed, spaced
from .logic import Truth
from .scope import Module, Scope
from .values import Lowered, Symbol

if TYPE_CHECKING:
    from .core import Lowering

WIDE = 1 << 62


@dataclass(eq=False)
class Member:
    """One choice: a plain one, or a member of a family.

    Attributes
    ----------
    coding : Coding
        Its values as integers.
    active : bool or Expr
        Worked out when first asked for, so that guards may read later choices.
    """

    key: str
    name: str
    indices: tuple[Value, ...]
    node: nodes.Choice
    scope: Scope
    variable: Expr
    coding: Coding
    read: Lowered
    where: domains.Domain
    dynamic: bool
    active: Truth | None = field(default=None)


def declare(low: Lowering, module: Module, node: nodes.Choice) -> list[Member]:
    """All members of a choice, declared in order."""
    return [member(low, module, node, key) for key in members(low, module, node)]


def members(
    low: Lowering, module: Module, node: nodes.Choice | nodes.Let
) -> list[tuple[Value, ...]]:
    """The indices of a family; one empty tuple for a plain name."""
    key = ("members", node)
    if key not in module.memory:
        found = []
        for turn in domains.unroll(low, node.binders, None, module.scope):
            if turn.condition is not True:
                low.fail(
                    "not-static",
                    f"the members of `{node.name}` may not depend on choices",
                    node.name,
                    module.scope,
                    fixes=(Fix("run over the largest range and add a `when`"),),
                )
            found.append(tuple(turn.scope.names[b.name.text] for b in node.binders))
        module.memory[key] = found
    indices: list[tuple[Value, ...]] = module.memory[key]
    return indices


def member(low: Lowering, module: Module, node: nodes.Choice, indices: tuple[Value, ...]) -> Member:
    """One member; declared when first asked for."""
    found = module.members.get((node, indices))
    if found is None:
        found = module.members[node, indices] = _declare(low, module, node, indices)
    return found


def _declare(
    low: Lowering, module: Module, node: nodes.Choice, indices: tuple[Value, ...]
) -> Member:
    scope = module.scope
    for binder, index in zip(node.binders, indices, strict=True):
        scope = scope.binding(binder.name.text, index, index)
    guard: Truth | None = True if node.guard is None else None
    where: domains.Domain | None = None
    coding: Coding | None = None
    dynamic = False
    try:
        where = domains.domain(low, node.domain, scope)
    except ArchError:
        if node.guard is None:  # else it is perhaps legal only where the choice is active
            raise
    if where is not None and domains.is_static(where):
        coding = _static(low, where, node, scope)
    else:
        dynamic = True
        guard = True if node.guard is None else low.truth(node.guard, scope)
        where = domains.domain(low, node.domain, scope.under(guard))
        coding = _widened(low, where, guard, node, scope)
    name = module.prefix + node.name.text
    key = key_text(name, indices)
    if coding is None:
        low.fail(
            "empty-domain",
            f"`{key}` has no value",
            node.domain,
            scope,
            label="this set is empty",
            values=_ends(low, node.domain, scope),
        )
    if max(-coding.numbers[0], coding.numbers[-1]) >= WIDE:
        low.fail("too-wide", f"the values of `{key}` do not fit into 62 bits", node.domain, scope)
    if len(low.problem.variables) >= low.limits.choices:
        low.fail(
            "too-large-unrolling",
            f"this spec has more than {low.limits.choices:_} choices",
            node,
            scope,
            notes=(low.limits.note("choices"),),
        )
    variable = low.problem.integer(key, coding.numbers)
    read: Lowered
    if len(coding.numbers) == 1:
        read = coding.decode(coding.numbers[0])
    elif coding.names is None:
        read = low.numbers.term(coding.scale, variable)
    elif isinstance(coding.names[coding.numbers[0]], Enumerator):
        members = (coding.names[n] for n in coding.numbers)
        read = Symbol(tuple(m for m in members if isinstance(m, Enumerator)), variable)
    else:
        read = variable
    return Member(key, name, indices, node, scope, variable, coding, read, where, dynamic, guard)


def _ends(low: Lowering, node: nodes.Domain, scope: Scope) -> tuple[Shown, ...]:
    """What the ends of a range are that the text does not write out."""
    ends = (node.lo, node.hi) if isinstance(node, nodes.Range) else ()
    named = [end for end in ends if not isinstance(end, nodes.Number | nodes.Quantity)]
    values = [(end, low.value(end, scope)) for end in named]
    dimension = scope.module.spec.dimension
    return tuple(
        Shown(end.span.text, value_text(value, dimension(end)))
        for end, value in values
        if isinstance(value, Fraction)
    )


def _static(
    low: Lowering, where: domains.Domain, node: nodes.Choice, scope: Scope
) -> Coding | None:
    match where:
        case domains.Interval(lo=Fraction() as lo, hi=Fraction() as hi, step=Fraction() as step):
            if step > 0:
                return spaced(lo, hi, step)
    return listed(domains.listed(low, where, node.domain, scope) or ())


def _widened(
    low: Lowering, where: domains.Domain, guard: Truth, node: nodes.Choice, scope: Scope
) -> Coding | None:
    """All values that a domain has under any choices; a range from a known end on stays one."""
    match where:
        case domains.Interval(lo=Fraction() as lo, hi=hi, step=Fraction() as step) if step > 0:
            return spaced(lo, low.numbers.bounds(hi)[1], step)
    return listed(domains.hull(low, where, guard, node.domain, scope))


def activity(low: Lowering, found: Member) -> Truth:
    """The condition under which a choice is one."""
    if found.active is None:
        guard = found.node.guard
        found.active = True if guard is None else low.truth(guard, found.scope)
    return found.active


def settle(low: Lowering, found: Member) -> None:
    """Demand membership where the domain depends on choices, and pin inactive ones."""
    active = activity(low, found)
    own: Lowered = found.read
    if found.dynamic:
        inside = domains.contains(low, found.where, own, found.node)
        low.structure(inside, active, f"domain of {found.key}", found.node, found.scope)
    if active is not True and len(found.coding.numbers) > 1:
        first = found.coding.numbers[0]
        pinned = low.logic.fold(found.variable == first)
        low.structure(
            pinned, low.logic.negate(active), f"{found.key} is inactive", found.node, found.scope
        )


def read(
    low: Lowering,
    module: Module,
    node: nodes.Choice,
    indices: tuple[Value, ...],
    use: nodes.Node,
    scope: Scope,
) -> Lowered:
    """The value of a choice, where it is proved active."""
    if (node, indices) not in module.members and indices not in members(low, module, node):
        no_member(low, node, indices, None, use, scope)
    found = member(low, module, node, indices)
    active = activity(low, found)
    if active is not True and not low.proves(active, scope.path):
        unguarded(low, module, node, indices, use, scope)
    return found.read


# ----------------------------------------------------------------------------------------- mistakes


def unguarded(
    low: Lowering,
    module: Module,
    node: nodes.Choice | nodes.Let,
    indices: tuple[Value, ...],
    use: nodes.Node,
    scope: Scope,
) -> NoReturn:
    """Tell that a guard of a file does not follow here, with the clause to add."""
    assert node.guard is not None
    guard = node.guard.span.text
    written = _index_texts(use)
    prefix = module.prefix.removeprefix(scope.module.prefix)
    shown = key_text(prefix + node.name.text, indices)
    here = _rename(guard, node, [index_text(i) for i in indices], module, prefix)
    all_written = len(written) == len(node.binders)
    clause = _rename(guard, node, written, module, prefix) if all_written else here
    said = f"say `{clause} implies …` in a condition, `where {clause}` behind a `for`"
    sayable = not prefix or not any(isinstance(d, nodes.Import) for d in _read(guard, module))
    low.fail(
        "unguarded-read",
        f"`{shown}` may be inactive here",
        use,
        scope,
        label=f"it is active when {here}",
        labels=(Label(node.guard.span, "its guard"),),
        notes=_what_it_reads(low, module, node, indices, scope),
        fixes=(Fix(said),) if sayable else (),
    )


def _what_it_reads(
    low: Lowering,
    module: Module,
    node: nodes.Choice | nodes.Let,
    indices: tuple[Value, ...],
    scope: Scope,
) -> tuple[str, ...]:
    """The choices in a guard with their values, as far as there are few."""
    found = module.members.get((node, indices)) if isinstance(node, nodes.Choice) else None
    if found is None or not isinstance(found.active, Expr):
        return ()
    mask = low.reach.scope(found.active.node)
    read = [
        other
        for inner in _modules(low.root)
        for other in inner.members.values()
        if mask >> low.problem.data[other.variable.node] & 1
    ]
    before = scope.module.prefix
    return tuple(f"{m.key.removeprefix(before)} is {range_text(m.coding)}" for m in read[:3])


def range_text(coding: Coding) -> str:
    """The values of a choice as the text of a domain."""
    few = [index_text(coding.decode(n)) for n in coding.numbers[:12]]
    numbers, last = coding.numbers, index_text(coding.decode(coding.numbers[-1]))
    if isinstance(numbers, range) and len(numbers) > 2 and coding.names is None:
        step = coding.scale * numbers.step
        return f"{few[0]} .. {last}" + (f" step {step}" if step != 1 else "")
    return "{" + ", ".join([*few, "..."] if len(numbers) > 12 else few) + "}"


def _modules(module: Module) -> Iterator[Module]:
    yield module
    for inner in module.imports.values():
        yield from _modules(inner)


def _index_texts(use: nodes.Node) -> list[str]:
    return [i.span.text for i in use.indices] if isinstance(use, nodes.Index) else []


NAME = re.compile(r"(?<![\w.])[A-Za-z_]\w*")


def _rename(
    text: str, node: nodes.Choice | nodes.Let, indices: list[str], module: Module, prefix: str
) -> str:
    """A guard's text with the indices of a use in place of the binders, names as read elsewhere."""
    spec = module.spec
    new = {name: prefix + name for name in (*spec.names, *spec.enumerators)}
    new |= zip((b.name.text for b in node.binders), indices, strict=False)
    return NAME.sub(lambda m: new.get(m[0], m[0]), text)


def _read(text: str, module: Module) -> list[nodes.Node | None]:
    """What the names in a guard's text are in its file."""
    return [module.spec.names.get(match) for match in NAME.findall(text)]


def no_member(
    low: Lowering,
    node: nodes.Choice | nodes.Let,
    indices: tuple[Value, ...] | None,
    binder: nodes.Binder | None,
    use: nodes.Node,
    scope: Scope,
) -> NoReturn:
    """Tell that a family has no such member."""
    where = ", ".join(b.span.text for b in node.binders)
    shown = node.name.text if indices is None else key_text(node.name.text, indices)
    message = (
        f"the index of `{shown}` may leave the family here"
        if indices is None
        else f"there is no `{shown}`"
    )
    low.fail(
        "out-of-family",
        message,
        use,
        scope,
        labels=(Label((binder or node.name).span, "the family is declared here"),),
        notes=(f"`{node.name}` has a member for each {where}",),
    )
