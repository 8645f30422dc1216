"""Definitions: the propagators that make a variable equal to a node."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from . import memory as layout
from .expressions import Op
from .flatten_wide import clipped_wide, define_wide
from .flatten_width import computable, is_positive, may_view, spread, usable
from .memory import ANY, BOUNDS
from .vectorised import Lookups

if TYPE_CHECKING:
    from .flatten import Flat
    from .tables import Table

# A table is written out in full up to this many rows.
FULL = 1 << 16
# Up to so many rows and combinations numpy costs more than it saves.
FEW = 64
# Tables with more rows run after everything else.
LARGE = 64


def define(flat: Flat, node: int, z: int) -> None:
    """Post z == node for a node that is no variable."""
    problem = flat.problem
    args = problem.args[node]
    if not computable(flat, node):
        define_wide(flat, node, z)
        return
    match problem.ops[node]:
        case Op.SUM:
            constant, terms = linear_terms(flat, node)
            post_linear(flat, layout.LINEAR_EQUAL, constant, [*terms, (-1, z)], node)
        case Op.PRODUCT:
            define_product(flat, node, z)
        case Op.QUOTIENT | Op.REMAINDER as op:
            kind = layout.QUOTIENT if op is Op.QUOTIENT else layout.REMAINDER
            a, b = flat.at(args[0]), flat.at(args[1])
            events = BOUNDS if op is Op.QUOTIENT else ANY
            flat.post(kind, (z, a, b), [(z, events), (a, events), (b, events)])
        case Op.MINIMUM | Op.MAXIMUM as op:
            xs = [flat.at(a) for a in args]
            sign = 1 if op is Op.MAXIMUM else -1
            watches = [(x, BOUNDS) for x in (z, *xs)]
            flat.post(layout.EXTREMUM, (len(xs), sign, z, *xs), watches)
        case Op.ABSOLUTE:
            x = flat.at(args[0])
            flat.post(layout.ABSOLUTE, (z, x), [(z, BOUNDS), (x, BOUNDS)])
        case Op.CHOOSE:
            c, value = flat.literal(args[0])
            branches = [flat.at(args[1]), flat.at(args[2])]
            then, otherwise = branches if value else branches[::-1]
            watches = [(x, BOUNDS) for x in (z, c, then, otherwise)]
            flat.post(layout.CHOOSE, (z, c, then, otherwise), watches)
        case Op.LOOKUP:
            define_lookup(flat, node, z)
        case _:
            from .flatten_conditions import state

            state(flat, node, (z, 1))


def linear_terms(flat: Flat, node: int) -> tuple[int, list[tuple[int, int]]]:
    """A sum (or any node) as a constant and terms (factor, variable); negations are folded in."""
    problem = flat.problem
    if problem.ops[node] is not Op.SUM:
        return 0, [(1, flat.at(node, wide=True))]
    constant, factors = problem.data[node]
    merged: dict[int, int] = {}
    for factor, arg in zip(factors, problem.args[node], strict=True):
        f, inner, offset = flat.view(arg) if problem.ops[arg] is Op.NOT else (1, arg, 0)
        constant += factor * offset
        x = flat.at(inner, wide=True)
        merged[x] = merged.get(x, 0) + factor * f
    return constant, [(f, x) for x, f in merged.items() if f]


def post_linear(
    flat: Flat, kind: int, constant: int, terms: list[tuple[int, int]], node: int
) -> None:
    """Post a linear constraint; `node` is named where its sums may grow past 62 bits."""
    bounds = [(factor, flat.records.bounds(x), x in flat.wide) for factor, x in terms]
    constant, below, above = spread(constant, bounds)
    if (below and above) or abs(constant) >= layout.TOP_VALUE:
        flat.refuse(node)
    open_terms = [
        (factor, x) for (factor, x), (_, (lo, hi), _) in zip(terms, bounds, strict=True) if lo != hi
    ]
    if (below or above) and kind == layout.LINEAR_EQUAL:
        post_linear(flat, layout.LINEAR_WIDE, constant, open_terms, node)
        negated = [(-f, x) for f, x in open_terms]
        post_linear(flat, layout.LINEAR_WIDE, -constant, negated, node)
        return
    if below or above:
        kind = layout.LINEAR_WIDE
    arguments = [len(open_terms), constant]
    watches = []
    for factor, x in open_terms:
        arguments += (factor, x)
        events = layout.LOWER if factor > 0 else layout.UPPER
        watches.append((x, BOUNDS if kind == layout.LINEAR_EQUAL else events))
    flat.post(kind, arguments, watches, 0 if len(open_terms) <= 3 else 1)


def define_product(flat: Flat, node: int, z: int, scale: int = 1) -> None:
    """Post z == scale * product for a product node (scale > 1 for positive factors only)."""
    args = flat.problem.args[node]
    powers: dict[int, int] = {}
    for arg in args:
        powers[arg] = powers.get(arg, 0) + 1
    if len(powers) == 1 and scale == 1:
        x = flat.at(args[0])
        flat.post(layout.POWER, (z, x, len(args)), [(z, BOUNDS), (x, BOUNDS)])
        return
    factors = [(power_of(flat, arg, e), flat.problem.bounds[arg]) for arg, e in powers.items()]
    xs = [x for x, _ in factors]
    if scale > 1:
        xs.append(flat.records.constant(scale))
    if is_positive(flat, node):
        post_product(flat, z, xs)
        return
    xs.sort(key=lambda x: max(map(abs, flat.records.bounds(x))))
    while len(xs) > 2:
        x, y = xs[0], xs[1]
        ends = [a * b for a in flat.records.bounds(x) for b in flat.records.bounds(y)]
        if max(map(abs, ends)) >= layout.LARGEST:
            flat.refuse(node)
        inner = flat.auxiliary((min(ends), max(ends)))
        post_signed(flat, inner, x, y)
        xs[:2] = [inner]
    post_signed(flat, z, xs[0], xs[1])


def power_of(flat: Flat, node: int, exponent: int) -> int:
    """The variable of a node's power."""
    x = flat.at(node)
    if exponent == 1:
        return x
    lo, hi = flat.records.bounds(x)
    ends = [lo**exponent, hi**exponent]
    if lo <= 0 <= hi:
        ends.append(0)
    if max(map(abs, ends)) >= layout.LARGEST:
        flat.refuse(node)
    y = flat.auxiliary((min(ends), max(ends)))
    flat.post(layout.POWER, (y, x, exponent), [(y, BOUNDS), (x, BOUNDS)])
    return y


def post_product(flat: Flat, z: int, xs: list[int]) -> None:
    """Post z == product of positive variables."""
    watches = [(x, ANY) for x in dict.fromkeys((z, *xs))]
    flat.post(layout.PRODUCT, (len(xs), z, *xs), watches, 0 if len(xs) <= 3 else 1)


def post_signed(flat: Flat, z: int, x: int, y: int) -> None:
    """Post z == x * y."""
    flat.post(layout.SIGNED_PRODUCT, (z, x, y), [(v, BOUNDS) for v in {z, x, y}])


# ------------------------------------------------------------------------------------ look-ups


def define_lookup(flat: Flat, node: int, z: int) -> None:
    """Post z == look-up, together with all other look-ups that have the same keys."""
    problem = flat.problem
    keys = problem.args[node]
    number, column = problem.data[node]
    table = problem.tables[number]
    if object in (table.key_array.dtype, table.value_array.dtype):
        flat.refuse(node)
    if not fits(flat, keys):
        words = np.column_stack((table.key_array, table.value_array[:, column])).reshape(-1)
        numbers = near_keys(flat, table, keys)
        post_element(flat, z, table.default(column), words.tolist(), numbers)
        return
    nodes = [
        n
        for n in flat.order
        if problem.ops[n] is Op.LOOKUP
        and problem.args[n] == keys
        and (n == node or n not in flat.address)
    ]
    results = []
    for n in nodes:
        flat.check_width(n)
        if n == node:
            results.append(z)
        else:
            x = flat.auxiliary(problem.bounds[n], n in flat.wants_list)
            flat.alias(n, x)
            results.append(x)
    columns, values, shifted = key_grid(flat, keys)
    found = [looked_up(problem.tables[t], c, shifted) for t, c in (problem.data[n] for n in nodes)]
    post_table(flat, [*columns, *results], np.stack((*values, *found), axis=1))


def looked_up(table: Table, column: int, keys: Sequence[NDArray[np.int64]]) -> NDArray[np.int64]:
    """What a column has for each combination of keys; few are looked up without numpy."""
    if len(keys[0]) > FEW or len(table) > FEW:
        return np.asarray(Lookups(table, column).values(list(keys)))
    rows, default = table.rows, table.default(column)
    found = map(rows.get, zip(*(k.tolist() for k in keys), strict=True))
    return np.array([default if row is None else row[column] for row in found], np.int64)


def key_grid(
    flat: Flat, keys: tuple[int, ...]
) -> tuple[list[int], list[NDArray[np.int64]], list[NDArray[np.int64]]]:
    """The variables below some keys, all their combinations, and what the keys are then.

    Each combination is one place in all of the arrays.
    """
    views = [key_view(flat, k) for k in keys]
    columns = [flat.at(v[1]) for v in views]
    each = [np.array(flat.records.values(x), np.int64) for x in columns]
    values = each
    if len(each) > 1:
        values = [grid.reshape(-1) for grid in np.meshgrid(*each, indexing="ij")]
    shifted = [f * v + c for v, (f, _, c) in zip(values, views, strict=True)]
    return columns, values, shifted


def key_view(flat: Flat, node: int) -> tuple[int, int, int]:
    """A key with a variable as factor * node + offset, where 62 bits hold that."""
    view = flat.view(node)
    return view if may_view(flat, view) else (1, node, 0)


def near_keys(flat: Flat, table: Table, keys: tuple[int, ...]) -> list[int]:
    """The variables of keys; of one too wide for a variable, what matters to the table."""
    found = []
    for place, key in enumerate(keys):
        if usable(flat, key):
            found.append(flat.at(key))
            continue
        column = table.key_array[:, place]
        found.append(clipped_wide(flat, key, int(column.min()) - 1, int(column.max()) + 1))
    return found


def fits(flat: Flat, keys: tuple[int, ...]) -> bool:
    """Whether a table over these keys may be written out in full."""
    counts = []
    for key in keys:
        if not usable(flat, key):
            return False
        _, inner, _ = key_view(flat, key)
        if flat.problem.ops[inner] is Op.VARIABLE:
            counts.append(len(flat.domains[flat.problem.data[inner]]))
        else:
            lo, hi = flat.bounds(inner)
            counts.append(hi - lo + 1)
    return prod(counts) <= FULL


def post_table(flat: Flat, columns: list[int], rows: NDArray[np.int64]) -> None:
    """Post: the columns take the values of one of the rows, an array of shape (rows, columns)."""
    records = flat.records
    indices = np.zeros_like(rows)
    alive = np.ones(len(rows), bool)
    sizes = [0] * len(columns)
    for i, x in enumerate(columns):
        if records.is_listed(x):
            values = np.array(records.values(x), np.int64)
            sizes[i] = len(values)
            indices[:, i] = np.minimum(np.searchsorted(values, rows[:, i]), len(values) - 1)
            alive &= values[indices[:, i]] == rows[:, i]
    words = np.stack((rows, indices), axis=2)[alive]
    address = records.block(words.reshape(-1).tolist())
    width, count = 2 * len(columns), len(words)
    order = records.block(range(address, address + count * width, width))
    arguments = [len(columns), address, count, 0, order]
    for x, size in zip(columns, sizes, strict=True):
        scratch = records.block([0] * max(2, (size + 63) // 64))
        arguments += (x, scratch)
    records.cells += 1
    watches = [(x, ANY) for x in dict.fromkeys(columns)]
    flat.post(layout.TABLE, arguments, watches, 1 if count <= LARGE else 2)


def post_element(flat: Flat, z: int, default: int, rows: list[int], keys: list[int]) -> None:
    """Post z == the row's last word, or the default."""
    address = flat.records.block(rows)
    count = len(rows) // (len(keys) + 1)
    arguments = (len(keys), z, default, address, count, *keys)
    watches = [(x, ANY) for x in dict.fromkeys((z, *keys))]
    flat.post(layout.ELEMENT, arguments, watches, 2)
