"""A network as a tree to fold: stages, the layers that its text has, and the leaves below them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import groupby

from archwright.dsl.source import Span
from archwright.interpreter.answers import shown, shown_text
from archwright.interpreter.architecture import Layer, Leaf, Network
from archwright.interpreter.values import Value

MANY_LAYERS = 40  # with more, stages are folded
MANY_LEAVES = 9  # with more, the calls between a layer and its leaves are blocks, too
# What says most of a layer, in this order; other arguments are shown where they differ.
TELLING = (
    *("k", "expand", "kind", "stride", "dilation", "groups", "heads", "kv_heads", "hidden"),
    *("experts", "active", "cell", "act", "weight_bits"),
)
USUAL = {
    *(("k", "1"), ("expand", "1"), ("stride", "1"), ("dilation", "1"), ("groups", "1")),
    *(("act", "none"), ("weight_bits", "32"), ("weight_bits", "16"), ("kind", "layer")),
}
IF_VARIED = ("act", "weight_bits")
UNTOLD = ("out", "mid", "act_bits", "width", "head", "vocabulary", "norm", "bias")


@dataclass(frozen=True)
class Part:
    """A block of the drawing.

    Attributes
    ----------
    key : str
        Tells it from every other part; made of its label.
    kind : str
        `stage`, `layer`, `call` (between a layer and its leaves) or `leaf`; a layer that is a leaf
        itself is a layer without parts.
    label, op : str
    arguments : mapping of str to str
    first, stop : int
        Its leaves among those of the network.
    inputs : tuple of int
        Tensors that it reads and does not write.
    outputs : tuple of int
        Tensors that it writes and others read, or the network returns.
    shape : tuple of int
        Of its last output; empty where there is none.
    """

    key: str
    kind: str
    label: str
    op: str
    arguments: Mapping[str, str]
    first: int
    stop: int
    active: bool
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    shape: tuple[int, ...]
    span: Span | None
    parts: tuple[Part, ...] = ()

    def walk(self) -> Iterator[Part]:
        """This part and all below it."""
        yield self
        for part in self.parts:
            yield from part.walk()

    @property
    def family(self) -> str:
        """The label without its indices."""
        return self.label.partition("[")[0]

    @property
    def indices(self) -> tuple[str, ...]:
        """`2, 1` of `block[2, 1]`."""
        return tuple(re.findall(r"[^\s,\[\]]+", self.label.partition("[")[2]))


@dataclass(frozen=True)
class Tree:
    """A network's parts from the outside in."""

    network: Network
    parts: tuple[Part, ...]

    @cached_property
    def by_key(self) -> dict[str, Part]:
        """Every part by its key."""
        return {p.key: p for part in self.parts for p in part.walk()}

    @property
    def layers(self) -> tuple[Part, ...]:
        """The layers that the text has, left out ones too."""
        return tuple(p for p in self.by_key.values() if p.kind == "layer")

    @cached_property
    def telling(self) -> Mapping[str, tuple[str, ...]]:
        """For each op the arguments that are worth showing, the most telling first."""
        seen: dict[str, dict[str, set[str]]] = {}
        for part in self.by_key.values():
            for name, value in part.arguments.items():
                seen.setdefault(part.op, {}).setdefault(name, set()).add(value)
        found = {}
        for op, names in seen.items():
            known = [n for n in TELLING if n in names and (n not in IF_VARIED or len(names[n]) > 1)]
            varied = [n for n, v in names.items() if len(v) > 1 and n not in (*TELLING, *UNTOLD)]
            found[op] = (*known, *varied)
        return found

    def notes(self, part: Part, most: int = 4) -> tuple[str, ...]:
        """The arguments to be written beside a part: `k 5`, `expand 6`, `depthwise`."""
        found: list[str] = []
        for name in self.telling.get(part.op, ()):
            value = part.arguments.get(name, "")
            if value in ("", "false", "none") or (name, value) in USUAL:
                continue
            if name == "kv_heads" and value == part.arguments.get("heads"):
                continue
            if name == "groups" and part.arguments.get("out") == value:
                found.append("depthwise")
            elif name in ("act", "kind", "cell"):
                found.append(value)
            else:
                found.append(name if value == "true" else f"{name} {value}")
        return tuple(found[:most])


def tree(network: Network) -> Tree:
    """The parts of a network; many layers are gathered to stages."""
    layers = _layers(network)
    if len(layers) <= MANY_LAYERS:
        return Tree(network, layers)
    return Tree(network, tuple(_stages(network, layers)))


def argument_text(value: Value) -> str:
    """An argument as people read it."""
    return shown_text(shown(value))


def _layers(network: Network) -> tuple[Part, ...]:
    written = network.layers or _from_leaves(network)
    readers = _readers(network)
    keys: dict[str, int] = {}
    found = []
    for layer in written:
        leaves = tuple(_leaf(network, i, layer, readers) for i in range(layer.first, layer.stop))
        if len(leaves) > MANY_LEAVES:
            leaves = tuple(_gathered(network, leaves, 0))
        single = layer.stop - layer.first == 1 and network.leaves[layer.first].label == layer.label
        inputs, outputs = _borders(network, layer.first, layer.stop, readers)
        shape = leaves[-1].shape if leaves else ()
        keys[layer.label] = number = keys.get(layer.label, 0) + 1
        found.append(
            Part(
                layer.label if number == 1 else f"{layer.label} ({number})",
                "layer",
                layer.label,
                layer.op,
                {name: argument_text(value) for name, value in layer.arguments.items()},
                layer.first,
                layer.stop,
                layer.active,
                inputs or layer.inputs,
                outputs,
                shape,
                layer.span,
                () if single else leaves,
            )
        )
    return tuple(found)


def _from_leaves(network: Network) -> tuple[Layer, ...]:
    """The layers of a network that was put together without them."""
    found = []
    for label, members in groupby(enumerate(network.leaves), key=lambda m: m[1].layer):
        several = list(members)
        (first, leaf), (last, _) = several[0], several[-1]
        single = len(several) == 1
        op, arguments = (leaf.op, leaf.arguments) if single else (label.partition("[")[0], {})
        found.append(Layer(label, op, first, last + 1, True, leaf.inputs, arguments, leaf.span))
    return tuple(found)


def _leaf(network: Network, number: int, layer: Layer, readers: Mapping[int, set[int]]) -> Part:
    leaf: Leaf = network.leaves[number]
    return Part(
        f"#{number}",
        "leaf",
        leaf.label.removeprefix(f"{layer.label}."),
        leaf.op,
        {name: argument_text(value) for name, value in leaf.arguments.items()},
        number,
        number + 1,
        True,
        tuple(dict.fromkeys(leaf.inputs)),
        (leaf.output,),
        leaf.shape,
        leaf.span,
    )


def _gathered(network: Network, leaves: Sequence[Part], depth: int) -> Iterator[Part]:
    """Neighbours under one label together, as a block of their own, and so on below."""
    readers = _readers(network)
    names = [leaf.label.split(".") for leaf in leaves]

    def head(number: int) -> str:
        return names[number][depth] if len(names[number]) > depth + 1 else f"#{number}"

    for _, found in groupby(range(len(leaves)), key=head):
        numbers = list(found)
        if len(numbers) == 1:
            (number,) = numbers
            label = ".".join(names[number][depth:])
            yield replace(leaves[number], label=label)
            continue
        members = [leaves[i] for i in numbers]
        first, stop = members[0].first, members[-1].stop
        inputs, outputs = _borders(network, first, stop, readers)
        yield Part(
            f"#{first}-{stop} {depth}",
            "call",
            names[numbers[0]][depth],
            f"{len(members)} leaves",
            {},
            first,
            stop,
            True,
            inputs,
            outputs,
            members[-1].shape,
            members[0].span,
            tuple(_gathered(network, members, depth + 1)),
        )


def _readers(network: Network) -> dict[int, set[int]]:
    """The leaves that read each tensor; the number after the last stands for the result."""
    found: dict[int, set[int]] = {network.output: {len(network.leaves)}}
    for number, leaf in enumerate(network.leaves):
        for tensor in leaf.inputs:
            found.setdefault(tensor, set()).add(number)
    return found


def _borders(
    network: Network, first: int, stop: int, readers: Mapping[int, set[int]]
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    inside = range(first, stop)
    written = [network.leaves[i].output for i in inside]
    read = dict.fromkeys(t for i in inside for t in network.leaves[i].inputs)
    outputs = [t for t in written if any(r not in inside for r in readers.get(t, ()))]
    return tuple(t for t in read if t not in written), tuple(outputs)


def _stages(network: Network, layers: Sequence[Part]) -> Iterator[Part]:
    """Neighbours of one family together: by their first index, or alike in their arguments."""
    readers = _readers(network)

    def same(part: Part) -> tuple[object, ...]:
        if len(part.indices) > 1:
            return part.family, part.indices[0]
        if len(part.indices) == 1:
            return part.family, part.op, tuple(part.arguments.items())
        return (part.key,)

    seen: dict[str, int] = {}
    for _, found in groupby(layers, key=same):
        members = tuple(found)
        if len(members) == 1:
            yield members[0]
            continue
        head, last = members[0], members[-1]
        depth = len(head.indices)
        inner = "*" if depth > 1 else f"{head.indices[0]} .. {last.indices[0]}"
        label = (
            f"{head.family}[{head.indices[0]}, {inner}]"
            if depth > 1
            else (f"{head.family}[{inner}]")
        )
        seen[label] = number = seen.get(label, 0) + 1
        first, stop = members[0].first, members[-1].stop
        inputs, outputs = _borders(network, first, stop, readers)
        active = [m for m in members if m.active]
        alike = all(m.arguments == active[0].arguments for m in active)
        yield Part(
            f"stage {label}" + ("" if number == 1 else f" ({number})"),
            "stage",
            label,
            f"{len(active)} × {head.op}",
            active[0].arguments if active and alike else {},
            first,
            stop,
            bool(active),
            inputs,
            outputs,
            active[-1].shape if active else (),
            head.span,
            members,
        )
