"""Built-in functions, functions of the spec, and sums and their relatives over binders."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Literal

from archwright.dsl import nodes
from archwright.dsl.diagnostics import Fix
from archwright.solvers.expressions import Expr

from ..logarithms import RESOLUTION, is_exact, logarithm
from ..mistakes import value_text
from . import domains, names
from .definitions import Definition
from .local_lets import LocalLet
from .logic import Truth
from .numbers import ONE, ZERO, ManyDenominators, Number, Term, common_scale
from .precision import Precision
from .scope import Scope
from .values import BuiltIn, FnRef, Lowered

if TYPE_CHECKING:
    from .core import Lowering

EXPANSION = 4  # terms that an expansion of a function counts for: it takes about as long


def call(low: Lowering, node: nodes.Call, scope: Scope) -> Lowered:
    """`f(a, b)`: a built-in, or a function of the spec."""
    function = names.function(low, node.function, scope)
    if isinstance(function, FnRef):
        return _expand(low, function, node, scope)
    if not isinstance(function, BuiltIn):
        raise low.confused(node, "a function")
    plain = [a.value for a in node.arguments if a.name is None]
    match function.name:
        case "floor":
            return low.numbers.floor(low.number(plain[0], scope))
        case "ceil":
            return low.numbers.ceil(low.number(plain[0], scope))
        case "abs":
            return low.numbers.absolute(low.number(plain[0], scope))
        case "exact":
            return _exact(low, node, scope)
        case "ln" | "log2":
            return _logarithm(low, function.name, node, scope)
        case "alldifferent":
            return _all_different(low, [low.value(p, scope) for p in plain], node)
        case "count" | "all" | "any":
            truths = [low.truth(p, scope) for p in plain]
            return _fold_truths(low, function.name, truths)
    numbers = [low.number(p, scope) for p in plain]
    return _fold_numbers(low, function.name, numbers, node, scope)


def _expand(low: Lowering, function: FnRef, node: nodes.Call, scope: Scope) -> Lowered:
    """A function of the spec, expanded in place: an argument is lowered where it is read."""
    fn, given = function.node, {}
    low.turn(node, EXPANSION)
    for i, argument in enumerate(node.arguments):
        name = fn.parameters[i].text if argument.name is None else argument.name.text
        given[name] = argument_value(low, argument.value, scope)
    inner = Scope(function.module, given, scope.path, scope.loops)
    if not all(_passed_on(a.value, scope) for a in node.arguments):
        return low.value(fn.body, inner)
    # the same things under the same conditions: one expansion does for all such calls
    path = scope.path if isinstance(scope.path, bool) else scope.path.node
    key = fn, path, *(id(given[p.text]) for p in fn.parameters)
    if key not in low.expansions:
        with low.trial() as posts:
            value = low.value(fn.body, inner)
        low.expansions[key] = value, posts, given
    value, posts, _ = low.expansions[key]
    low.posts.extend(posts)
    return value


def _passed_on(node: nodes.Expr, scope: Scope) -> bool:
    """Whether an argument is the same object at each call: a number, or a name of the caller."""
    match node:
        case nodes.Name():
            return node.text in scope.names
        case nodes.Number() | nodes.Bool():
            return True
    return False


def argument_value(low: Lowering, node: nodes.Expr, scope: Scope) -> Lowered:
    """An argument as its callee will read it."""
    if isinstance(node, nodes.Number | nodes.Quantity | nodes.Bool):
        return low.value(node, scope)
    if isinstance(node, nodes.Name) and node.text in scope.names:
        found = scope.names[node.text]
        found = found.unguarded() if isinstance(found, LocalLet) else found
        if found is not None:
            return found
    return Definition(low, lambda path: low.value(node, scope.under(path)), scope.path)


# ---------------------------------------------------------------------------------------- rounding


def _exact(low: Lowering, node: nodes.Call, scope: Scope) -> Number:
    number = low.number(node.arguments[0].value, scope)
    value, whole = low.numbers.exact(number)
    if isinstance(number, Fraction):
        if not whole:
            if scope.path is not True:  # reached under some choices only: those are forbidden
                low.structure(False, scope.path, node.span.text, node, scope)
                return Fraction(number.__floor__())
            low.fail(
                "uneven-division",
                f"`{node.span.text}` is {value_text(number)}, which is not a whole number",
                node,
                scope,
                label=f"is {value_text(number)}",
                fixes=(Fix("round with floor() or ceil() instead of exact()"),),
            )
        return number
    low.structure(whole, scope.path, node.span.text, node, scope)
    return value


def _logarithm(low: Lowering, name: str, node: nodes.Call, scope: Scope) -> Number:
    base: Literal["e", "2"] = "e" if name == "ln" else "2"
    named = {a.name.text: a.value for a in node.arguments if a.name is not None}
    resolution = RESOLUTION
    if "resolution" in named:
        step = named["resolution"]
        resolution = low.static(step, scope, "a resolution")
        if resolution <= 0:
            why = f"a resolution is greater than 0, and this is {resolution}"
            low.fail("bad-step", why, step, scope)
    number = low.number(node.arguments[0].value, scope)
    if isinstance(number, Fraction):
        _check_positive(low, [number], node, scope)
        value = logarithm(number, base, resolution)
        error = ZERO if is_exact(number, base, value) else None
        return low.numbers.term(value, low.numbers.one, None, Precision.of(resolution, error))
    pairs: list[tuple[int, ...]] | None
    keys = (
        [number.numerator] if number.denominator is None else [number.numerator, number.denominator]
    )
    pairs = low.reach.tuples(keys, scope.path, low.limits.logarithms)
    if (
        pairs is None
        and len(keys) == 1
        and number.numerator.hi - number.numerator.lo < low.limits.logarithms
    ):
        pairs = [(v,) for v in range(number.numerator.lo, number.numerator.hi + 1)]
    if pairs is None:
        low.fail(
            "too-many-values",
            f"a logarithm needs at most {low.limits.logarithms:_} values, and this may take more",
            node,
            scope,
            notes=(low.limits.note("logarithms"),),
        )
    values = [number.scale * Fraction(*pair) for pair in pairs]
    _check_positive(low, values, node, scope)
    steps = [int(logarithm(v, base, resolution) / resolution) for v in values]
    table = low.problem.table({key: (s,) for key, s in zip(pairs, steps, strict=True)})
    exact = all(is_exact(v, base, s * resolution) for v, s in zip(values, steps, strict=True))
    precision = Precision.of(resolution, ZERO if exact else None)
    return low.numbers.term(resolution, low.problem.lookup(table, keys), None, precision)


def _check_positive(
    low: Lowering, values: Sequence[Fraction], node: nodes.Node, scope: Scope
) -> None:
    bad = next((v for v in values if v <= 0), None)
    if bad is not None:
        low.fail(
            "maybe-no-logarithm",
            f"this logarithm needs a positive number, and it may be {bad}",
            node,
            scope,
        )


# ----------------------------------------------------------------------------------- comprehensions


def comprehension(low: Lowering, node: nodes.Comprehension, scope: Scope) -> Lowered:
    """`sum(e for i in S where c else d)` and its relatives."""
    function = names.function(low, node.function, scope)
    if not isinstance(function, BuiltIn):
        raise low.confused(node, "a built-in function")
    kind = function.name
    conditions: list[Truth] = []
    values: list[Lowered] = []
    for turn in domains.unroll(low, node.binders, node.where, scope):
        conditions.append(turn.condition)
        values.append(low.value(node.body, turn.scope))
    if kind in ("count", "all", "any"):
        if kind == "all":
            return low.logic.both(
                *(low.logic.implies(c, v) for c, v in zip(conditions, values, strict=True))
            )
        present = [low.logic.both(c, v) for c, v in zip(conditions, values, strict=True)]
        return _fold_truths(low, kind, present)
    if kind == "alldifferent":
        if any(c is not True for c in conditions):
            return _pairwise_different(low, conditions, values, node)
        return _all_different(low, values, node)
    numbers = [low.as_number(v, node.body) for v in values]
    if kind in ("max", "min"):
        return _extremum(low, kind, conditions, numbers, node, scope)
    empty = ZERO if kind == "sum" else ONE
    guarded = [low.numbers.choose(c, n, empty) for c, n in zip(conditions, numbers, strict=True)]
    if node.otherwise is not None:
        other = low.number(node.otherwise, scope)
        there = low.logic.either(*conditions)
        total = _fold_numbers(low, kind, guarded, node, scope)
        return low.numbers.choose(there, total, other)
    return _fold_numbers(low, kind, guarded, node, scope)


def _fold_truths(low: Lowering, kind: str, truths: Sequence[Truth]) -> Lowered:
    match kind:
        case "all":
            return low.logic.both(*truths)
        case "any":
            return low.logic.either(*truths)
    known = sum(t for t in truths if isinstance(t, bool))
    open_ones = [t for t in truths if not isinstance(t, bool)]
    return low.numbers.term(ONE, low.problem.sum([*open_ones, known]))


def _fold_numbers(
    low: Lowering, kind: str, numbers: Sequence[Number], node: nodes.Expr, scope: Scope
) -> Number:
    try:
        match kind:
            case "sum":
                return low.numbers.add([(1, n) for n in numbers])
            case "product":
                result: Number = ONE
                for number in numbers:
                    result = low.numbers.multiply(result, number)
                return result
            case "max" | "min":
                return low.numbers.extremum("max" if kind == "max" else "min", numbers)
    except ManyDenominators as error:
        low.many_denominators(error, node, scope)
    raise low.confused(node, "a built-in function")


def _extremum(
    low: Lowering,
    kind: str,
    conditions: Sequence[Truth],
    numbers: Sequence[Number],
    node: nodes.Comprehension,
    scope: Scope,
) -> Number:
    """The largest or least of the members that are there; what is not there never wins."""
    there = low.logic.either(*conditions)
    other = None if node.otherwise is None else low.number(node.otherwise, scope)
    if other is None and not low.proves(there, scope.path):
        low.fail(
            "empty-extremum",
            f"this {kind} may have nothing to choose from",
            node,
            scope,
            fixes=(Fix("say what it is then: `else 0`"),),
        )
    if not numbers:
        if other is None:
            raise low.confused(node, "a value for an empty set")
        return other
    worst = _neutral(low, kind, numbers)
    harmless = False
    if other is not None and isinstance(other, Fraction):
        ends = [low.numbers.bounds(n) for n in numbers]
        harmless = (
            all(other <= lo for lo, _ in ends)
            if kind == "max"
            else all(other >= hi for _, hi in ends)
        )
        worst = other if harmless else worst
    items = [low.numbers.choose(c, n, worst) for c, n in zip(conditions, numbers, strict=True)]
    if harmless:
        items.append(worst)
    result = _fold_numbers(low, kind, items, node, scope)
    if other is None or harmless or there is True:
        return result
    return low.numbers.choose(there, result, other)


def _neutral(low: Lowering, kind: str, numbers: Sequence[Number]) -> Fraction:
    """A value that is never better than any of the numbers, on their common scale."""
    ends = [low.numbers.bounds(n) for n in numbers]
    end = min(lo for lo, _ in ends) if kind == "max" else max(hi for _, hi in ends)
    scale = common_scale(n if isinstance(n, Fraction) else n.scale for n in numbers)
    steps = end / scale
    return scale * (steps.__floor__() if kind == "max" else steps.__ceil__())


def _all_different(low: Lowering, values: Sequence[Lowered], node: nodes.Node) -> Truth:
    from .expressions import compare, position

    if all(isinstance(v, Fraction | Term) for v in values):
        terms = [v for v in values if isinstance(v, Fraction | Term)]
        if all(isinstance(v, Fraction) or v.denominator is None for v in terms):
            scale = common_scale(v if isinstance(v, Fraction) else v.scale for v in terms)
            whole: list[Expr | int] = [low.numbers.whole(v, scale) for v in terms]
            return low.logic.fold(low.problem.all_different(whole))
        return _pairwise_different(low, [True] * len(values), values, node)
    if all(isinstance(v, bool | Expr) for v in values):
        if len(values) > 2:
            return False  # of three truth values two are equal
        parts = [compare(low, "!=", a, b, node) for i, a in enumerate(values) for b in values[:i]]
        return low.logic.both(*parts)
    return low.logic.fold(low.problem.all_different([position(low, v, node) for v in values]))


def _pairwise_different(
    low: Lowering, conditions: Sequence[Truth], values: Sequence[Lowered], node: nodes.Node
) -> Truth:
    from .expressions import compare

    parts = []
    for i, a in enumerate(values):
        for j in range(i):
            low.turn(node)
            there = low.logic.both(conditions[i], conditions[j])
            parts.append(low.logic.implies(there, compare(low, "!=", a, values[j], node)))
    return low.logic.both(*parts)
