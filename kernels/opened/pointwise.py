"""Steps that read one number, or one token: norms and activations."""

from __future__ import annotations

import math
from collections.abc import Callable

from torch import Tensor, nn

from .sums import Step


def _sigmoid(v: float) -> float:
    return 1 / (1 + math.exp(-v)) if v >= 0 else math.exp(v) / (1 + math.exp(v))


def _clamp(v: float) -> float:
    return min(max(v, 0.0), 6.0)


# What each activation does: its name, its formula, and the same in double precision.
ACTIVATIONS: dict[type[nn.Module], tuple[str, str, Callable[[float], float]]] = {
    nn.ReLU: ("relu", "max(0, v)", lambda v: max(0.0, v)),
    nn.ReLU6: ("relu6", "min(max(0, v), 6)", _clamp),
    nn.Hardswish: ("hswish", "v × min(max(0, v + 3), 6) ÷ 6", lambda v: v * _clamp(v + 3) / 6),
    nn.Hardsigmoid: ("hsigmoid", "min(max(0, v + 3), 6) ÷ 6", lambda v: _clamp(v + 3) / 6),
    nn.Sigmoid: ("sigmoid", "1 ÷ (1 + exp(−v))", _sigmoid),
    nn.Tanh: ("tanh", "tanh(v)", math.tanh),
    nn.GELU: (
        "gelu",
        "v × Φ(v), the normal distribution",
        lambda v: v * 0.5 * (1 + math.erf(v / math.sqrt(2))),
    ),
    nn.SiLU: ("silu", "v ÷ (1 + exp(−v))", lambda v: v * _sigmoid(v)),
    nn.Identity: ("identity", "v", lambda v: v),
}


def known(part: nn.Module) -> bool:
    """Whether it is an activation."""
    return type(part) in ACTIVATIONS


def activation(
    part: nn.Module, found: dict[nn.Module, tuple[Tensor, Tensor]], place: tuple[int, ...]
) -> Step:
    """An activation of one number."""
    name, formula, apply = ACTIVATIONS[type(part)]
    x, output = found[part]
    v = float(x[place])
    return Step(name, formula, apply(v), float(output[place]), numbers=(("v", v),), reach=abs(v))


def batch_norm(
    part: nn.BatchNorm2d, found: dict[nn.Module, tuple[Tensor, Tensor]], place: tuple[int, ...]
) -> Step:
    """Batch norm with the statistics that training left."""
    x, output = found[part]
    channel = place[0]
    assert part.running_mean is not None and part.running_var is not None
    v = float(x[place])
    mean, variance = float(part.running_mean[channel]), float(part.running_var[channel])
    gain, shift = float(part.weight.detach()[channel]), float(part.bias.detach()[channel])
    value = (v - mean) / math.sqrt(variance + part.eps) * gain + shift
    numbers = (
        *(("v", v), ("mean", mean), ("variance", variance), ("ε", part.eps)),
        *(("gain", gain), ("shift", shift)),
    )
    formula = "(v − mean) ÷ √(variance + ε) × gain + shift"
    reach = (abs(v) + abs(mean)) / math.sqrt(variance + part.eps) * abs(gain) + abs(shift)
    return Step("batch norm", formula, value, float(output[place]), numbers=numbers, reach=reach)


def token_norm(
    part: nn.LayerNorm | nn.RMSNorm, x: Tensor, running: float, place: tuple[int, ...]
) -> Step:
    """Layer norm of one token, or its root mean square alone."""
    token = x[place[:-1]].double()
    v, unit = float(token[place[-1]]), place[-1]
    gain = 1.0 if part.weight is None else float(part.weight.detach()[unit])
    if isinstance(part, nn.RMSNorm):
        eps = float(part.eps or 0.0)
        square = float((token**2).mean())
        value = v / math.sqrt(square + eps) * gain
        few = (("v", v), ("mean square", square), ("ε", eps), ("gain", gain))
        formula = "v ÷ √(mean square + ε) × gain"
        return Step("root mean square", formula, value, running, numbers=few, reach=abs(value))
    mean = float(token.mean())
    variance = float(((token - mean) ** 2).mean())
    shift = 0.0 if part.bias is None else float(part.bias.detach()[unit])
    value = (v - mean) / math.sqrt(variance + part.eps) * gain + shift
    numbers = (
        *(("v", v), ("mean", mean), ("variance", variance), ("ε", part.eps)),
        *(("gain", gain), ("shift", shift)),
    )
    formula = "(v − mean) ÷ √(variance + ε) × gain + shift, over the token"
    reach = (abs(v) + abs(mean)) / math.sqrt(variance + part.eps) * abs(gain) + abs(shift)
    return Step("layer norm", formula, value, running, numbers=numbers, reach=reach)
