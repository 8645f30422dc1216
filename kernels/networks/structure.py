"""The nesting of a network: its leaves grouped by their labels, in chains where they form one.

`block[2, 1].widen` is the layer `widen` of the group `block_2_1`. Members of a family that follow
one another, each reading the one before, become a chain: `block` with members `1_1`, `1_2`, ….
"""

from __future__ import annotations

import keyword
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from torch import nn

from archwright.interpreter.architecture import Leaf, Network

from .parts import Call


@dataclass(frozen=True)
class Step:
    """A layer or a group in its place: what it is called, which tensors it reads and writes."""

    name: str
    layer: Call | Group
    reads: tuple[int, ...]
    writes: int
    leaf: Leaf | None = None
    label: str = ""


@dataclass(frozen=True)
class Group:
    """Steps under one label, from their inputs to their one output.

    Parameters
    ----------
    label : str
        As in the text, `block[2, 1]`; of a chain its family, of the network its name.
    chain : bool
        Whether each step reads exactly what the one before it wrote, so that they are a sequence.
    """

    label: str
    inputs: tuple[int, ...]
    output: int
    steps: tuple[Step, ...]
    chain: bool = False

    @property
    def family(self) -> str:
        """The label without indices."""
        return self.label.partition("[")[0]


@dataclass
class _Item:
    """A leaf on its way into a group, with what is left of its label."""

    leaf: Leaf
    layer: Call
    path: tuple[str, ...] = field(default=())


def structure(network: Network, describe: Callable[[Leaf], Call]) -> Group:
    """The network as nested groups.

    Parameters
    ----------
    describe : callable
        From a leaf to its layer.
    """
    items = [_Item(leaf, describe(leaf), _components(leaf.label)) for leaf in network.leaves]
    inputs = tuple(number for _, number, _ in network.inputs)
    read = {t for leaf in network.leaves for t in leaf.inputs}
    return _group(network.name, inputs, network.output, items, read | {network.output})


def _components(label: str) -> tuple[str, ...]:
    """`cell[1, 1].path[2, 0].conv` cut at its dots."""
    return tuple(label.split("."))


def plain(component: str) -> str:
    """A part of a label as an identifier: `block[2, 1]` as `block_2_1`."""
    return re.sub(r"\W+", "_", component).strip("_")


def _group(
    label: str, inputs: tuple[int, ...], output: int, items: list[_Item], read: set[int]
) -> Group:
    """A group of leaves; `read` are the tensors that are needed somewhere."""
    steps: list[Step] = []
    for run in _runs(items):
        head = run[0].path[0]
        if len(run[0].path) == 1 or len(run) == 1:
            steps.extend(_leaf_step(item) for item in run)
            continue
        inside = [_Item(i.leaf, i.layer, i.path[1:]) for i in run]
        made = _closed(head, inside, items, output)
        if made is None:  # several results: its layers stand in this group
            joined = [_Item(i.leaf, i.layer, ("_".join(map(plain, i.path)),)) for i in run]
            steps.extend(map(_leaf_step, joined))
        else:
            steps.append(Step(plain(head), made, made.inputs, made.output, None, head))
    return Group(label, inputs, output, tuple(_named(_chained(steps, output))))


def _leaf_step(item: _Item) -> Step:
    name = plain(item.path[0])
    return Step(name, item.layer, item.leaf.inputs, item.leaf.output, item.leaf, item.path[0])


def _runs(items: list[_Item]) -> list[list[_Item]]:
    """Consecutive leaves under one label; where its first layer comes again, a new run begins."""
    runs: list[list[_Item]] = []
    for item in items:
        last = runs[-1] if runs else None
        if (
            last is not None
            and len(item.path) > 1
            and len(last[0].path) > 1
            and last[0].path[0] == item.path[0]
            and last[0].path != item.path
        ):
            last.append(item)
        else:
            runs.append([item])
    return runs


def _closed(label: str, inside: list[_Item], around: list[_Item], output: int) -> Group | None:
    """The group of some leaves, if only one of their results is read outside of them."""
    members = {id(i.leaf) for i in inside}
    written = [i.leaf.output for i in inside]
    outside = {t for i in around if id(i.leaf) not in members for t in i.leaf.inputs} | {output}
    results = [t for t in written if t in outside]
    if len(results) != 1:
        return None
    own = set(written)
    inputs = tuple(dict.fromkeys(t for i in inside for t in i.leaf.inputs if t not in own))
    return _group(label, inputs, results[0], inside, outside)


def _chained(steps: list[Step], output: int) -> list[Step]:
    """Members of a family that follow one another put into chains."""
    runs = _followers(steps, output)
    chains = [run for run in runs if len(run) > 1]
    result: list[Step] = []
    for run in runs:
        named = _chain_names(run, chains) if len(run) > 1 and len(run[0].reads) == 1 else None
        if named is None:
            result.extend(run)
            continue
        name, members = named
        inside = tuple(
            Step(member, s.layer, s.reads, s.writes, s.leaf, s.label)
            for s, member in zip(run, members, strict=True)
        )
        family = _family(run[0])
        chain = Group(family, run[0].reads, run[-1].writes, inside, chain=True)
        result.append(Step(name, chain, chain.inputs, chain.output, None, family))
    return result


def _followers(steps: list[Step], output: int) -> list[list[Step]]:
    """Steps in runs: members of one family, each the only one to read the one before it."""
    uses: dict[int, int] = {output: 1}
    for step in steps:
        for t in set(step.reads):
            uses[t] = uses.get(t, 0) + 1
    runs: list[list[Step]] = []
    for step in steps:
        before = runs[-1][-1] if runs else None
        if (
            before is not None
            and "[" in step.label
            and _family(before) == _family(step)
            and step.reads == (before.writes,)
            and uses[before.writes] == 1
        ):
            runs[-1].append(step)
        else:
            runs.append([step])
    return runs


def _chain_names(run: list[Step], chains: list[list[Step]]) -> tuple[str, list[str]] | None:
    """What a chain and its members are called; None where a name could mean several chains."""
    family, indices = _family(run[0]), [_indices(step.label) for step in run]
    same = [chain for chain in chains if _family(chain[0]) == family]
    if len(same) == 1:
        return family, ["_".join(i) for i in indices]
    # `cell_1`, `cell_2`, where the first index tells them apart
    firsts = [{_indices(step.label)[0] for step in chain} for chain in same]
    if any(len(first) > 1 for first in firsts) or len(set.union(*firsts)) < len(same):
        return None
    return f"{family}_{indices[0][0]}", ["_".join(i[1:] or i) for i in indices]


def _family(step: Step) -> str:
    """The label of a step without indices."""
    return step.label.partition("[")[0]


def _indices(label: str) -> list[str]:
    return re.findall(r"[^\s,\[\]]+", label.partition("[")[2])


def _named(steps: Sequence[Step]) -> list[Step]:
    """Names that differ from one another and from what every module has."""
    seen: dict[str, int] = {}
    result = []
    taken = {s.name for s in steps}
    for step in steps:
        name = step.name
        if hasattr(nn.Sequential, name) or keyword.iskeyword(name) or name[:1].isdigit():
            name += "_" if not name[:1].isdigit() else ""
        count = seen[step.name] = seen.get(step.name, 0) + 1
        while count > 1 and f"{name}_{count}" in taken:
            count += 1
        if count > 1:
            name = f"{name}_{count}"
        taken.add(name)
        result.append(Step(name, step.layer, step.reads, step.writes, step.leaf, step.label))
    return result


def leaves_of(group: Group, prefix: str = "") -> list[tuple[str, Leaf]]:
    """Every leaf with the dotted name of its module, in the order of the text."""
    found: list[tuple[str, Leaf]] = []
    for name, members in groupby(group.steps, key=lambda s: s.name):
        for step in members:
            path = f"{prefix}{name}"
            if isinstance(step.layer, Group):
                found += leaves_of(step.layer, path + ".")
            elif step.leaf is not None:
                found.append((path, step.leaf))
    return found
