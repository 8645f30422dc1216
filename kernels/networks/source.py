"""A network as a plain torch file: one class for each kind of block, and the network over them.

Blocks that differ in numbers only share a class, and what differs is what the class is called
with. The file imports torch and nothing else, and its state dict has the keys of the built module.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from torch import nn

from archwright.interpreter.architecture import Network

from . import expressions, layout
from .inputs import vocabularies
from .parts import Call
from .pieces import PACKAGE, pieces
from .structure import Group, Step


@dataclass
class _Block:
    """All groups of one pattern: the class that they become.

    Parameters
    ----------
    key : tuple
        What the groups have in common.
    instances : dict
        By identity of the group, its values in the order of `slots`.
    slots : list of (step, argument)
        The places where a number or class stands.
    """

    name: str
    key: Any
    example: Group
    slots: list[tuple[str, str]]
    instances: dict[int, list[Any]]
    labels: list[str]

    @cached_property
    def parameters(self) -> dict[str, list[int]]:
        """What the class is called with: places whose values differ, equal ones together.

        Read once all groups are known.
        """
        columns: dict[str, list[int]] = {}
        for i in range(len(self.slots)):
            values = [repr(row[i]) for row in self.instances.values()]
            if len(set(values)) > 1:
                columns.setdefault("\0".join(values), []).append(i)
        named: dict[str, list[int]] = {}
        plain = [self.slots[places[0]][1] for places in columns.values()]
        for places in columns.values():
            name = self._name(places, plain)
            while name in named or name in ("self", "x"):
                name += "_"
            named[name] = places
        return named

    def _name(self, places: list[int], plain: list[str]) -> str:
        """`widen` of the outputs of that layer, `kernel` where only one layer has it."""
        first = self.slots[0]
        if self.slots[places[0]] == first and first[1] in ("inputs", "width"):
            several = any(self.slots[i][1].endswith("outputs") for i in places)
            return "channels" if several else first[1]
        for i in places:
            step, argument = self.slots[i]
            if argument == "outputs":
                return _identifier(step)
            if argument.endswith("_outputs"):
                return _identifier(f"{step}_{argument.removesuffix('_outputs')}")
        step, argument = self.slots[places[0]]
        return argument if plain.count(argument) == 1 else f"{_identifier(step)}_{argument}"


def plain_file(network: Network, group: Group) -> str:
    """The text of a file that defines a network and, run by itself, tries it on random input."""
    writer = Writer(network, group)
    body = "\n\n\n".join([*writer.layers(), writer.text()])
    name = _class_name(network.name)
    body += "\n\n\n" + _example(network, name)
    lines = [f'"""{name} as torch modules."""', "", "from __future__ import annotations", ""]
    standard = ["import sys"]
    if "OrderedDict" in body:
        standard.append("from collections import OrderedDict")
    others = ["import torch", "from torch import Tensor, nn"]
    if "functional_call" in body:
        others.append("from torch.func import functional_call")
    if "functional." in body:
        others.append("from torch.nn import functional")
    return "\n".join([*lines, *standard, "", *others, "", "", body, ""])


def _example(network: Network, name: str) -> str:
    """What the file does when it is run."""
    words = vocabularies(network)
    made = []
    for _, number, shape in network.inputs:
        size = ", ".join(["batch", *map(str, shape)])
        if number in words:
            made.append(f"torch.randint({words[number]}, ({size}))")
        else:
            made.append(f"torch.randn({size})")
    return f'''def example_inputs(batch: int = 1) -> tuple[Tensor, ...]:
    """Random inputs of the right shapes."""
    return ({", ".join(made)}{"," * (len(made) == 1)})


if __name__ == "__main__":
    net = {name}().eval()
    if len(sys.argv) > 1:  # a file of weights
        net.load_state_dict(torch.load(sys.argv[1]))
    with torch.no_grad():
        print(sum(p.numel() for p in net.parameters()), *net(*example_inputs()).shape)'''


class Writer:
    """The classes of a network, collected from its groups, inner ones first."""

    def __init__(self, network: Network, group: Group) -> None:
        self.network = network
        self.blocks: dict[Any, _Block] = {}
        self.used: dict[Any, None] = {}  # classes of this folder
        self.root = group
        self.names: set[str] = {_class_name(network.name)}
        self._blocks: dict[int, _Block] = {}
        for step in group.steps:
            self._visit(step)

    # ---- collecting

    def _visit(self, step: Step) -> None:
        if isinstance(step.layer, Call):
            self._use(step.layer)
            return
        for inner in step.layer.steps:
            self._visit(inner)
        if not step.layer.chain:
            self._register(step.layer)

    def _use(self, layer: Call) -> None:
        if layer.module.__module__.startswith(PACKAGE) and not expressions.known(layer):
            self.used[layer.module] = None
        for value in layer.arguments.values():
            if isinstance(value, Call):
                self._use(value)

    def _register(self, group: Group) -> None:
        order = {t: i for i, t in enumerate(group.inputs)}
        for step in group.steps:
            order[step.writes] = len(order)
        shape = tuple(
            (s.name, self._key(s.layer), tuple(order[t] for t in s.reads)) for s in group.steps
        )
        key = (group.family, shape, order[group.output], len(group.inputs))
        block = self.blocks.get(key)
        slots, values = [], []
        for step in group.steps:
            for name, value in self._values(step.layer):
                slots.append((step.name, name))
                values.append(value)
        if block is None:
            name = self._free(_class_name(group.family))
            block = self.blocks[key] = _Block(name, key, group, slots, {}, [])
        block.instances[id(group)] = values
        block.labels.append(group.label)
        self._blocks[id(group)] = block

    def _free(self, name: str) -> str:
        base = name = name + "Block" * (name in ("Conv", "Add", "Tokens", "Experts", "Router"))
        number = 1
        while name in self.names:
            number += 1
            name = f"{base}{number}"
        self.names.add(name)
        return name

    def _key(self, layer: Call | Group) -> Any:
        """What two layers must share to be of one pattern: all but numbers and classes."""
        if isinstance(layer, Call):
            parts: list[Any] = [layer.module]
            for name, _, value in layer.stated():
                parts.append((name, self._key(value) if isinstance(value, Call) else None))
            return tuple(parts)
        if layer.chain:
            return tuple((s.name, self._key(s.layer)) for s in layer.steps)
        return self._blocks[id(layer)].name

    def _values(self, layer: Call | Group) -> list[tuple[str, Any]]:
        """The numbers and classes in a layer, in the order in which `_made` writes them."""
        found: list[tuple[str, Any]] = []
        if isinstance(layer, Call):
            for name, _, value in layer.stated():
                found += self._values(value) if isinstance(value, Call) else [(name, value)]
        elif layer.chain:
            for step in layer.steps:
                found += [(f"{step.name}_{n}", v) for n, v in self._values(step.layer)]
        else:
            block = self._blocks[id(layer)]
            values = block.instances[id(layer)]  # all, whichever of them become parameters
            found += [(f"{s}_{n}", v) for (s, n), v in zip(block.slots, values, strict=True)]
        return found

    # ---- writing

    def text(self) -> str:
        """The file without its imports and the classes of layers."""
        parts = [self._class(block) for block in self.blocks.values()]
        return "\n\n\n".join([*parts, self._network()])

    def layers(self) -> list[str]:
        """The classes of layers that the file needs."""
        return pieces(self.used)

    def _class(self, block: _Block) -> str:
        parameters = block.parameters
        given = {i: name for name, places in parameters.items() for i in places}
        rows = list(block.instances.values())
        kinds = {
            name: _kind([row[places[0]] for row in rows]) for name, places in parameters.items()
        }
        signature = layout.wrapped(
            "    def __init__(", ["self", *(f"{n}: {k}" for n, k in kinds.items())], ") -> None:"
        )
        start = 0
        lines = [
            f"class {block.name}(nn.Module):",
            *_docstring(_listed(block.labels)),
            "",
            *signature,
            "        super().__init__()",
        ]
        for step in block.example.steps:
            stop = start + len(self._values(step.layer))
            made = self._made(step.layer, [(given.get(i), i) for i in range(start, stop)], rows[0])
            start = stop
            if not (isinstance(step.layer, Call) and expressions.known(step.layer)):
                lines += layout.assigned(f"        self.{step.name} = ", made)
        return "\n".join([*lines, "", *self._forward(block.example, [])])

    def _network(self) -> str:
        names = [name for name, _, _ in self.network.inputs]
        lines = [
            f"class {_class_name(self.network.name)}(nn.Module):",
            *_docstring(self._about()),
            "",
            "    def __init__(self) -> None:",
            "        super().__init__()",
        ]
        for step in self.root.steps:
            if not (isinstance(step.layer, Call) and expressions.known(step.layer)):
                values = [v for _, v in self._values(step.layer)]
                made = self._made(step.layer, [(None, i) for i in range(len(values))], values)
                lines += layout.assigned(f"        self.{step.name} = ", made)
        if any(leaf.op == "conv" for leaf in self.network.leaves):
            lines.append("        self.to(memory_format=torch.channels_last)")
        return "\n".join([*lines, "", *self._forward(self.root, names)])

    def _about(self) -> str:
        shapes = " and ".join(
            f"{name} [batch, {', '.join(map(str, shape))}]"
            for name, _, shape in self.network.inputs
        )
        parameters = sum(int(leaf.costs.get("params", 0)) for leaf in self.network.leaves)
        return f"From {shapes}; {parameters:_} parameters."

    def _made(
        self, layer: Call | Group, places: list[tuple[str | None, int]], row: list[Any]
    ) -> Any:
        """A tree of text that makes a layer; `places` say which values are parameters."""
        values = iter(places)
        return self._tree(layer, values, row)

    def _tree(self, layer: Call | Group, values: Any, row: list[Any]) -> Any:
        if isinstance(layer, Call):
            arguments = []
            for name, formal, value in layer.stated():
                if isinstance(value, Call):
                    made: Any = self._tree(value, values, row)
                else:
                    parameter, i = next(values)
                    if parameter is None and row[i] == formal.default:
                        continue
                    made = parameter or expressions.literal(row[i])
                bare = formal.default is formal.empty and formal.kind is not formal.KEYWORD_ONLY
                arguments.append(made if bare else (f"{name}=", made))
            return (expressions.literal(layer.module), arguments)
        if layer.chain:
            members = [(s.name, self._tree(s.layer, values, row)) for s in layer.steps]
            return layout.sequence(members)
        block = self._blocks[id(layer)]
        chosen = {places[0]: name for name, places in block.parameters.items()}
        arguments = []
        for i in range(len(block.slots)):
            parameter, j = next(values)
            if i in chosen:
                arguments.append((f"{chosen[i]}=", parameter or expressions.literal(row[j])))
        return (block.name, [a[1] if n < 2 else a for n, a in enumerate(arguments)])

    def _forward(self, group: Group, names: Sequence[str]) -> list[str]:
        """The method that runs the steps, with few names for its tensors."""
        names = list(names) or [*"xyzuvw"][: len(group.inputs)]
        if len(names) < len(group.inputs):
            names = [f"x{i}" for i in range(len(group.inputs))]
        name_of = dict(zip(group.inputs, names, strict=True))
        last = {t: i for i, step in enumerate(group.steps) for t in step.reads}
        last[group.output] = len(group.steps)
        arguments = ", ".join(f"{n}: Tensor" for n in names)
        lines = [f"    def forward(self, {arguments}) -> Tensor:"]
        for i, step in enumerate(group.steps):
            read = [name_of[t] for t in step.reads]
            for t in [t for t in name_of if last.get(t, -1) <= i]:
                del name_of[t]
            if isinstance(step.layer, Call) and expressions.known(step.layer):
                value = expressions.expression(step.layer, read)
            else:
                value = f"self.{step.name}({', '.join(read)})"
            if i == len(group.steps) - 1 and step.writes == group.output:
                return [*lines, f"        return {value}"]
            name = _variable(read, set(name_of.values()), step.name)
            name_of[step.writes] = name
            lines.append(f"        {name} = {value}")
        return [*lines, f"        return {name_of[group.output]}"]


def _variable(read: list[str], living: set[str], step: str) -> str:
    """A name for a result: that of the first input where it is not needed any more."""
    for name in [*read, "x", "y", "z"]:
        if name not in living:
            return name
    name = _identifier(step)
    while name in living:
        name += "_"
    return name


def _docstring(text: str) -> list[str]:
    return [f'    """{text}"""']


def _listed(labels: list[str]) -> str:
    """`block[1, 1], block[2, 1] and 5 more.`"""
    unique = list(dict.fromkeys(labels))
    shown = ", ".join(unique[:3])
    return f"Layers of {shown}" + (f" and {len(unique) - 3} more." if len(unique) > 3 else ".")


def _kind(values: list[Any]) -> str:
    kinds = {type(v) for v in values}
    if kinds == {int}:
        return "int"
    if kinds == {bool}:
        return "bool"
    if kinds <= {int, float}:
        return "float"
    if all(v is None or (isinstance(v, type) and issubclass(v, nn.Module)) for v in values):
        return "type[nn.Module]" + (" | None" if None in values else "")
    if kinds <= {tuple, type(None)}:
        return "tuple[int, int, int, int]" + " | None" * (None in values)
    return "str" if kinds == {str} else "object"


def _identifier(name: str) -> str:
    return re.sub(r"\W+", "_", name).strip("_")


def _class_name(name: str) -> str:
    """`resnet_block` as `ResnetBlock`."""
    words = re.split(r"[\W_]+", name)
    return "".join(w[:1].upper() + w[1:] for w in words if w) or "Net"
