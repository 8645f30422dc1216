"""From a bound spec to the integer problem, in order of the text."""

from __future__ import annotations

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
    members = _declare(low, low.root)
    for module in _modules(low.root):
        for name, value in module.bound.parameters.items():
            node = module.spec.names[name]
            if isinstance(value, Deferred) and isinstance(node, nodes.Param):
                names.parameter(low, module, node)
    for member in members:
        choices.settle(low, member)
    for module in _modules(low.root):
        _demand_lets(low, module)
        for op in networks.standing_alone(module):
            networks.network(low, op)
        _requires(low, module)
    goals, preferences = post_goals(low)
    _commit(low)
    _in_order(low, members)
    width.check(low)
    return Lowered(
        bound,
        low.problem,
        tuple(_choice(low, m) for m in members),
        tuple(goals),
        preferences,
        Reader(low),
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
            for indices in choices.members(low, module, item):
                names.demand(low, module, item, indices)


def _requires(low: Lowering, module: Module) -> None:
    for node in module.spec.requires.values():
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
    for post in (*low.demanded, *low.posts):
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
