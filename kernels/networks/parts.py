"""What the builders of all layers share: a layer as data, arguments of a leaf, activations."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from torch import nn

from archwright.interpreter.architecture import Leaf
from archwright.interpreter.values import Enumerator


@dataclass(frozen=True)
class Call:
    """A layer as data: a class of modules and what it is called with.

    Modules are made from it, and the text of an exported file is written from it.

    Parameters
    ----------
    module : type
        Of torch or of this folder.
    arguments : mapping
        By the names of its parameters; numbers, truth values, tuples, classes, None and calls.
    """

    module: Callable[..., nn.Module]
    arguments: Mapping[str, Any]

    def make(self) -> nn.Module:
        """The module, freshly initialised."""
        return self.module(
            **{
                name: value.make() if isinstance(value, Call) else value
                for name, value in self.arguments.items()
            }
        )

    def stated(self) -> tuple[tuple[str, inspect.Parameter, Any], ...]:
        """All arguments in the order of the parameters."""
        parameters = inspect.signature(self.module).parameters
        return tuple(
            (n, p, self.arguments[n]) for n, p in parameters.items() if n in self.arguments
        )


def call(module: Callable[..., nn.Module], **arguments: Any) -> Call:
    """A layer as data."""
    return Call(module, arguments)


def whole(leaf: Leaf, name: str) -> int:
    """A whole number among the arguments of a leaf."""
    value: Any = leaf.arguments[name]
    return int(value)


def flag(leaf: Leaf, name: str) -> bool:
    """A truth value among the arguments of a leaf."""
    return bool(leaf.arguments[name])


def word(leaf: Leaf, name: str) -> str:
    """The name of an enum among the arguments of a leaf."""
    value = leaf.arguments[name]
    return value.name if isinstance(value, Enumerator) else str(value)


ACTIVATIONS: dict[str, type[nn.Module] | None] = {
    "none": None,
    "relu": nn.ReLU,
    "relu6": nn.ReLU6,
    "hswish": nn.Hardswish,
    "sigmoid": nn.Sigmoid,
    "hsigmoid": nn.Hardsigmoid,
    "tanh": nn.Tanh,
    "gelu": nn.GELU,
    "silu": nn.SiLU,
}


def activation(leaf: Leaf) -> type[nn.Module] | None:
    """The class of the activation that a leaf names, if any."""
    return ACTIVATIONS[word(leaf, "act")]
