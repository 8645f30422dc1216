"""From a bound spec to the integer problem, in order of the text."""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from functools import partial

from archwright.dsl import nodes
from archwright.dsl.collecting import no_collecting
from archwright.dsl.types import Num
from archwright.solvers.expressions import Expr
from archwright.solvers.problem import Variable

from ..bound import Bound, Deferred, key_text
from ..origin import Origin
from . import choices, domains, names, networks, width
from .choices import Member
from .core import Lowering
from .goals import post_goals
from .reading import Reader
from .result import Lowered, LoweredChoice
from .scope import Module
from .turning import turn_to

ROOM = 1 << 18  # nodes that a problem may have before everything is lowered anew


@no_collecting()
def lower(bound: Bound) -> Lowered:
    """The integer problem of a bound spec.

    Parameters
    ----------
    bound : Bound

    Raises
    ------
    ArchError
        Where the spec has no meaning as an integer problem: `unguarded-read`,
        `maybe-zero-divisor`, `many-denominators`, `missing-row`, `too-wide`, ...
    """
    low = Lowering(bound)
    return _state(low, lambda: _in_order(low, low.members))


@no_collecting()
def lower_again(lowered: Lowered, bound: Bound) -> Lowered:
    """The same for a spec whose inputs changed, as what is lowered already allows.

    Only what reads an input that changed is lowered again, if that is neither a choice nor an op
    or a function; else everything is.

    Parameters
    ----------
    lowered : Lowered
        Of the same spec; it can be used as before.
    bound : Bound

    Raises
    ------
    ArchError
        As `lower`.
    """
    low = lowered.reader.lowering
    with low.lock:
        if len(low.problem.ops) > ROOM or not turn_to(low, bound):
            return lower(bound)
        return _state(low, lambda: None)


def _choices(low: Lowering) -> None:
    """Declare the choices; post what domains, and parameters that are expressions, demand."""
    low.members = _declare(low, low.root)
    for module in _modules(low.root):
        for name, value in module.bound.parameters.items():
            node = module.spec.names[name]
            if isinstance(value, Deferred) and isinstance(node, nodes.Param):
                names.parameter(low, module, node)
    for member in low.members:
        choices.settle(low, member)


def _state(low: Lowering, number: Callable[[], None]) -> Lowered:
    """Post constraints and goals, and give the problem as it is then."""
    low.posts, low.stated, low.turns = [], [], 0
    low.problem.constraints, low.problem.goals = [], []
    low.step("choices", lambda: _choices(low))
    for module in _modules(low.root):
        _demand_lets(low, module)
        for op in networks.standing_alone(module):
            low.step((module.prefix, op.node), partial(networks.network, low, op))
        _requires(low, module)
    goals, preferences = post_goals(low)
    _commit(low)
    number()
    width.check(low)
    return Lowered(
        bound=low.root.bound,
        problem=copy(low.problem),  # the same nodes, its own constraints and goals
        choices=tuple(_choice(low, m) for m in low.members),
        goals=tuple(goals),
        preferences=preferences,
        reader=Reader(low),
    )


def _modules(module: Module) -> list[Module]:
    """A file after all that it imports."""
    return [m for inner in module.imports.values() for m in _modules(inner)] + [module]


def _declare(low: Lowering, module: Module) -> list[Member]:
    """Every choice in order of declaration, those of an import where it is imported."""
    found: list[Member] = []
    for item in module.spec.file.items:
        if isinstance(item, nodes.Import):
            found += _declare(low, module.imports[item.alias.text])
        elif isinstance(item, nodes.Space):
            for choice in item.choices:
                found += choices.declare(low, module, choice)
    return found


def _demand_lets(low: Lowering, module: Module) -> None:
    """What is written is demanded, whether or not anything reads it."""
    for item in module.spec.file.items:
        if isinstance(item, nodes.Let):
            low.step((module.prefix, item), partial(_demand, low, module, item))


def _demand(low: Lowering, module: Module, item: nodes.Let) -> None:
    for indices in choices.members(low, module, item):
        names.demand(low, module, item, indices)


def _requires(low: Lowering, module: Module) -> None:
    for node in module.spec.requires.values():
        low.step((module.prefix, node), partial(_require, low, module, node))


def _require(low: Lowering, module: Module, node: nodes.Require) -> None:
    group = module.prefix + node.name.text
    for turn in domains.unroll(low, node.binders, node.where, module.scope):
        bindings = dict(turn.scope.loops)
        key = key_text(group, tuple(bindings.values()))
        held = low.truth(node.body, turn.scope)
        origin = Origin(group, key, node, node.span, bindings)
        low.stated.append((origin, turn.scope))
        low.named(held, turn.condition, origin)


def _commit(low: Lowering) -> None:
    """Post what was demanded, each structural condition once."""
    seen: set[int] = set()
    for post in (*(post for _, post in low.demanded), *low.posts):
        if isinstance(post.condition, bool):
            low.problem.require(
                low.problem.constant(post.condition), post.origin.group, post.origin
            )
            continue
        if post.origin.group is None:
            if post.condition.node in seen:
                continue
            seen.add(post.condition.node)
        low.problem.require(post.condition, post.origin.group, post.origin)


def _in_order(low: Lowering, members: list[Member]) -> None:
    """Number the variables in order of declaration, which ties are broken by.

    A domain may read a choice that is declared later, whose variable is then made first.
    """
    problem = low.problem
    old = {v.node: v for v in problem.variables}
    ordered: list[Variable] = []
    for member in members:
        node = member.variable.node
        problem.data[node] = len(ordered)
        ordered.append(old[node])
    problem.variables[:] = ordered
    low.reach.forget()
    low.compact.forget()


def _choice(low: Lowering, member: Member) -> LoweredChoice:
    active = choices.activity(low, member)
    spec_type = member.scope.module.spec.types[member.node]
    member_type = getattr(spec_type, "member", spec_type)
    variable = low.problem.data[member.variable.node]
    return LoweredChoice(
        member.key,
        member.name,
        member.indices,
        member.node,
        variable,
        active if isinstance(active, Expr) else low.problem.constant(int(active)),
        member_type.dimension if isinstance(member_type, Num) else None,
        member.coding,
    )
