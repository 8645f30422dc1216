"""Takes a model apart: blocks that share no term or condition, after branching where needed.

A block is a leaf when its combinations of values can be listed; otherwise a variable is chosen to
branch on, and what falls apart once it is fixed is handled separately (a pseudo tree: Freuder and
Quinn 1985; AND/OR search: Dechter and Mateescu 2007).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from ..control import Control, Stopped
from .linear import Linear, Scopes, members
from .model import Limit, Model

SMALL = 4096  # blocks up to this size are listed without looking for something better
LARGE = 50_000_000  # raw size up to which listing with early filtering is tried
CONTEXTS = 20_000  # largest number of branches above one block
SLOW = 300_000  # cost from which the linear way is tried as well
CANDIDATES = 24  # variables that are tried for branching
BRANCH_COST = 2000  # a branch takes about as long as this many listed rows
EFFORT = 1 << 19  # looks at a condition or term: half a second, ten times what real models need


@dataclass(frozen=True)
class Leaf:
    """Variables whose combinations are listed, for each assignment of the `outer` ones.

    `items` are (quantity, summand) pairs.
    """

    variables: tuple[int, ...]
    outer: tuple[int, ...]
    limits: tuple[Limit, ...]
    items: tuple[tuple[int, Linear], ...]


@dataclass(frozen=True)
class Cut:
    """A variable to branch on, and what is left then."""

    variable: int
    outer: tuple[int, ...]
    children: tuple[Part, ...]


Part: TypeAlias = Leaf | Cut


class TooLarge(Exception):
    """No way was found to take the problem apart into small blocks; says why."""


@dataclass(frozen=True)
class _Item:
    mask: int
    content: Limit | tuple[int, Linear]


def take_apart(model: Model, control: Control) -> tuple[tuple[Part, ...], int]:
    """The parts of a model, and about how many rows and branches have to be looked at.

    Variables that nothing mentions are in no part.

    Raises
    ------
    TooLarge
        If some block stays too large to list, or so many conditions hang together that it takes
        long to see.
    Stopped
        If the question is stopped.
    """
    scopes = model.scopes
    items = [_Item(_mask(scopes, [f for f, _ in limit.terms]), limit) for limit in model.limits]
    for number, quantity in enumerate(model.quantities):
        items += [
            _Item(_mask(scopes, list(linear.terms)), (number, linear)) for linear in quantity.items
        ]
    everything = 0
    for item in items:
        everything |= item.mask
    found: list[tuple[int, tuple[Part, ...]]] = []
    complaint = ""
    for linear in (False, True):
        try:
            parts, cost = _Builder(scopes, linear, control).build(everything, 0, items)
            found.append((cost, parts))
        except TooLarge as error:
            complaint = complaint or str(error)
        if found and found[0][0] <= SLOW:
            break
    if not found:
        raise TooLarge(complaint)
    cost, parts = min(found, key=lambda pair: pair[0])
    if cost > LARGE:
        raise TooLarge(f"{cost:,} combinations of values would have to be listed")
    return parts, cost


def _mask(scopes: Scopes, terms: Sequence[tuple[int, ...]]) -> int:
    mask = 0
    for factors in terms:
        mask |= scopes.of(factors)
    return mask


class _Builder:
    """Builds parts by branching in the middle of blocks, or, `linear`, from one end to the other.

    The middle keeps trees shallow; from one end, less has to be known of what was fixed before.
    """

    def __init__(self, scopes: Scopes, linear: bool, control: Control) -> None:
        self.scopes = scopes
        self.linear = linear
        self.control = control
        self.effort = 0

    def build(self, inside: int, outer: int, items: list[_Item]) -> tuple[tuple[Part, ...], int]:
        """Parts over the variables `inside`, and the number of rows that they list."""
        parts: list[Part] = []
        total = 0
        settled = [item for item in items if not item.mask & inside]
        if settled:
            parts.append(self.leaf(0, outer, settled))
            total += self.scopes.size(_union(settled) & outer)
        for component, mine in self.components(inside, items):
            part, cost = self.part(component, outer, mine)
            parts.append(part)
            total += cost
        return tuple(parts), total

    def part(self, inside: int, outer: int, items: list[_Item]) -> tuple[Part, int]:
        """One connected block: a leaf, or a branching."""
        near = _union(items) & outer
        contexts = self.scopes.size(near)
        size = self.scopes.size(inside) * contexts
        if size <= SMALL or inside & (inside - 1) == 0:
            if contexts > CONTEXTS or size > LARGE:
                raise TooLarge(self.complaint(inside, near))
            return self.leaf(inside, near, items), size
        variable = self.choose(inside, outer, items)
        bit = 1 << variable
        branches = contexts * self.scopes.size(bit)
        if branches <= CONTEXTS:
            try:
                children, cost = self.build(inside & ~bit, near | bit, items)
                cost += branches * BRANCH_COST
                if cost < size:
                    return Cut(variable, tuple(members(near)), children), cost
            except TooLarge:
                pass  # listing the whole block may still do
        if size > LARGE:
            raise TooLarge(self.complaint(inside, near))
        return self.leaf(inside, near, items), size

    def choose(self, inside: int, outer: int, items: Sequence[_Item]) -> int:
        """The variable whose removal leaves the smallest block; else the one with most company.

        The linear way: the one after which the blocks that are left depend on the fewest values.
        """
        if self.linear:
            return min(members(inside), key=lambda v: self.seam(v, inside, outer, items))
        masks = list({item.mask & inside for item in items})
        whole = self.scopes.size(inside)
        near = dict.fromkeys(members(inside), 0)
        for mask in masks:
            for v in members(mask):
                near[v] |= mask
        order = sorted(near, key=lambda v: -near[v].bit_count())
        if len(order) > CANDIDATES:  # the busiest ones, and a few spread over the rest
            order = order[: CANDIDATES // 2] + order[:: -(-2 * len(order) // CANDIDATES)]
        best: tuple[int, int, int] | None = None
        chosen = -1
        for variable in order:
            bit = 1 << variable
            rest = inside & ~bit
            largest = max(self.scopes.size(c) for c, _ in self.components(rest, [], masks))
            # only a removal that splits counts as smaller; what remains is compared by its root
            splits = largest * self.scopes.size(bit) < whole
            key = (largest if splits else whole, -near[variable].bit_count(), -largest)
            if best is None or key < best:
                best, chosen = key, variable
        return chosen

    def seam(
        self, variable: int, inside: int, outer: int, items: Sequence[_Item]
    ) -> tuple[int, int, int]:
        """How many contexts the blocks have that are left without a variable."""
        bit = 1 << variable
        seams = [_union(mine) & (outer | bit) for _, mine in self.components(inside & ~bit, items)]
        near = _union_of(item.mask for item in items if item.mask & bit)
        contexts = max((self.scopes.size(seam) for seam in seams), default=1)
        return contexts, -(near & outer).bit_count(), near.bit_count()

    def components(
        self, inside: int, items: Sequence[_Item], masks: Sequence[int] | None = None
    ) -> list[tuple[int, list[_Item]]]:
        """The connected sets within `inside`, after a look at what that costs."""
        if self.control.stopped:
            raise Stopped("stopped while taking the problem apart")
        self.effort += len(items) + len(masks or ())
        if self.effort > EFFORT:
            raise TooLarge("too many conditions hang together to take them apart")
        return components(inside, items, masks)

    def leaf(self, inside: int, outer: int, items: Sequence[_Item]) -> Leaf:
        """A leaf over variables that may be listed."""
        limits = tuple(i.content for i in items if isinstance(i.content, Limit))
        terms = tuple(i.content for i in items if not isinstance(i.content, Limit))
        near = members(_union(items) & outer)
        return Leaf(tuple(members(inside)), tuple(near), limits, terms)

    def complaint(self, inside: int, near: int) -> str:
        """Why this block cannot be listed."""
        names = [self.scopes.problem.variables[i].name for i in members(inside)]
        shown = ", ".join(names[:4]) + (", ..." if len(names) > 4 else "")
        size = self.scopes.size(inside) * self.scopes.size(near)
        many = f"{size:,}" if size < 10**9 else f"about 10^{len(str(size)) - 1}"
        return f"{shown} belong together and have {many} combinations of values"


def components(
    inside: int, items: Sequence[_Item], masks: Sequence[int] | None = None
) -> list[tuple[int, list[_Item]]]:
    """The connected sets of variables within `inside`, with the items that touch them.

    Variables that no item touches are components of their own only when `masks` is given.
    """
    found: list[int] = []
    edges = [item.mask for item in items] if masks is None else masks
    for edge in edges:
        mask = edge & inside
        if not mask:
            continue
        apart = []
        for component in found:
            if component & mask:
                mask |= component
            else:
                apart.append(component)
        found = [*apart, mask]
    if masks is not None:
        covered = 0
        for component in found:
            covered |= component
        found += [1 << i for i in members(inside & ~covered)] or ([] if found else [0])
    found.sort(key=lambda mask: mask & -mask)
    return [(c, [item for item in items if item.mask & c]) for c in found]


def _union(items: Sequence[_Item]) -> int:
    return _union_of(item.mask for item in items)


def _union_of(masks: Iterable[int]) -> int:
    result = 0
    for mask in masks:
        result |= mask
    return result
