"""Layers without weights as expressions of an exported file: `x + y` instead of a module."""

from __future__ import annotations

from typing import Any

from torch import nn

from .layers import Add, Concat, Crop, Flatten, Multiply, Zero
from .parts import Call
from .tokens import MeanToken, OneToken, Tokens

FUNCTIONS: dict[type[nn.Module] | None, str] = {
    None: "{}",
    nn.ReLU: "functional.relu({})",
    nn.ReLU6: "functional.relu6({})",
    nn.Hardswish: "functional.hardswish({})",
    nn.Sigmoid: "torch.sigmoid({})",
    nn.Hardsigmoid: "functional.hardsigmoid({})",
    nn.Tanh: "torch.tanh({})",
    nn.GELU: "functional.gelu({})",
    nn.SiLU: "functional.silu({})",
}

WITHOUT_WEIGHTS = (Add, Multiply, Concat, Crop, Flatten, Zero, Tokens, OneToken, MeanToken)


def known(layer: Call) -> bool:
    """Whether a layer is written as an expression."""
    return layer.module in WITHOUT_WEIGHTS or (layer.module in FUNCTIONS and not layer.arguments)


def expression(layer: Call, x: list[str]) -> str:
    """The text of a layer without weights, of the names that it reads."""
    kind, given = layer.module, layer.arguments
    if kind is Add:
        return FUNCTIONS[given.get("act")].format(" + ".join(x))
    if kind is Multiply:
        return f"{x[0]} * {x[1]}"
    if kind is Concat:
        return f"torch.cat(({', '.join(x)}{',' * (len(x) == 1)}), dim=1)"
    if kind is Crop:
        return f"{x[0]}[..., {given['top']} :, {given['left']} :]"
    if kind is Flatten:
        return f"{x[0]}.flatten(1)[:, :, None, None]"
    if kind is Zero:
        return f"torch.zeros_like({x[0]})"
    if kind is Tokens:
        return f"{x[0]}.flatten(2).transpose(1, 2)"
    if kind is OneToken:
        return f"{x[0]}[:, {given['place']}, :, None, None]"
    if kind is MeanToken:
        return f"{x[0]}.mean(dim=1)[:, :, None, None]"
    return FUNCTIONS[kind].format(x[0])  # type: ignore[index]


def literal(value: Any) -> str:
    """A value as it stands in a call: `16`, `nn.ReLU6`, `"lstm"`."""
    if isinstance(value, type):
        module: str = value.__module__
        return f"nn.{value.__name__}" if module.startswith("torch.nn") else value.__name__
    if isinstance(value, str):
        return f'"{value}"'
    return repr(value)
