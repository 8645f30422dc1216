"""What the builders of all layers share: arguments of a leaf, activations, plain functions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from torch import Tensor, nn

from archwright.interpreter.architecture import Leaf
from archwright.interpreter.values import Enumerator


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


class Apply(nn.Module):
    """A function of tensors as a module without parameters."""

    def __init__(self, function: Callable[..., Tensor], text: str) -> None:
        super().__init__()
        self.function, self.text = function, text

    def forward(self, *inputs: Tensor) -> Tensor:
        """The function of the inputs."""
        return self.function(*inputs)

    def extra_repr(self) -> str:
        """What the function does."""
        return self.text


ACTIVATIONS: dict[str, Callable[[], nn.Module]] = {
    "none": nn.Identity,
    "relu": lambda: nn.ReLU(inplace=True),
    "relu6": lambda: nn.ReLU6(inplace=True),
    "hswish": lambda: nn.Hardswish(inplace=True),
    "sigmoid": nn.Sigmoid,
    "hsigmoid": nn.Hardsigmoid,
    "tanh": nn.Tanh,
    "gelu": nn.GELU,
    "silu": nn.SiLU,
}


def apart(act: str) -> nn.Module:
    """An activation that leaves its input as it is: the input may be read again."""
    module = ACTIVATIONS[act]()
    if isinstance(module, nn.ReLU | nn.ReLU6 | nn.Hardswish):
        module.inplace = False
    return module
