"""What was chosen, in the user's words: choices, values and concrete networks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from archwright.dsl.source import Span

from .values import Value


@dataclass(frozen=True)
class Leaf:
    """One call of a leaf op in a concrete network.

    Parameters
    ----------
    label : str
        Where it stands: `block[2, 1].project`; the op's name where the text gives no label.
    layer : str
        The label of the call written in the network that it belongs to: `block[2, 1]`.
    op : str
        Name of the op as declared: `conv`.
    module : str
        The file that declares it: `std.nn`, or the path of a spec.
    builtin : bool
        Whether `kernels` has a builder of this name.
    arguments : mapping
        Every value argument, defaults included, by formal name.
    inputs : tuple of int
        Tensors read, in order of the formals (a family of tensors counts each member).
    input_shapes : tuple of tuple of int
    output : int
        The tensor written.
    shape : tuple of int
    costs : mapping
        Every `let` of the op that is a number, in base units, and `live`, in elements.
    span : Span or None
        The call in the text.
    reuse : bool
        Whether it may write over its first input, where no later leaf reads that.
    """

    label: str
    layer: str
    op: str
    module: str
    builtin: bool
    arguments: Mapping[str, Value]
    inputs: tuple[int, ...]
    input_shapes: tuple[tuple[int, ...], ...]
    output: int
    shape: tuple[int, ...]
    costs: Mapping[str, Fraction]
    span: Span | None = None
    reuse: bool = False


@dataclass(frozen=True)
class Layer:
    """One call as the text of a network has it: a leaf, or a composite op with leaves below it.

    Parameters
    ----------
    label, op : str
        `block[2, 1]` and `mbconv`.
    first, stop : int
        Its leaves among those of the network. A layer that the choices left out has none, and
        both say where it would stand.
    active : bool
        Whether it is there under these choices.
    inputs : tuple of int
        Tensors read; a layer without leaves gives back one of them.
    arguments : mapping
        Every value argument, defaults included, by formal name; empty where it was left out.
    span : Span or None
        The call in the text.
    """

    label: str
    op: str
    first: int
    stop: int
    active: bool
    inputs: tuple[int, ...]
    arguments: Mapping[str, Value]
    span: Span | None = None


@dataclass(frozen=True)
class Network:
    """A network with every choice made: leaves in the order of the text, `span` its name there.

    `layers` are the calls written in it, in the same order, with those that choices left out.
    """

    name: str
    inputs: tuple[tuple[str, int, tuple[int, ...]], ...]
    leaves: tuple[Leaf, ...]
    output: int
    span: Span | None = None
    layers: tuple[Layer, ...] = ()
