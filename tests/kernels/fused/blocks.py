"""Blocks with random weights, and what torch makes of them in double precision."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from archwright.kernels.arrays import Floats
from archwright.kernels.fused.block import Block, GateWeights, Weights

ACTS: dict[str, Any] = {
    "none": lambda x: x,
    "relu": functional.relu,
    "relu6": functional.relu6,
    "hswish": functional.hardswish,
    "silu": functional.silu,
    "sigmoid": torch.sigmoid,
    "hsigmoid": functional.hardsigmoid,
}


def weights_of(block: Block, seed: int = 0) -> Weights:
    """Random weights that keep numbers near one."""
    random = np.random.default_rng(seed)

    def draw(*shape: int, inputs: int) -> Floats:
        drawn: Floats = random.standard_normal(shape).astype(np.float32)
        return drawn * np.float32((2 / inputs) ** 0.5)

    b = block
    gate = None
    if b.gate:
        between = b.gate.channels
        gate = GateWeights(
            draw(between, b.middle, inputs=b.middle),
            draw(between, inputs=20),
            draw(b.middle, between, inputs=between),
            draw(b.middle, inputs=20),
        )
    return Weights(
        draw(b.middle if b.widens else 0, b.inputs, inputs=b.inputs),
        draw(b.middle if b.widens else 0, inputs=20),
        draw(b.middle, b.kernel, b.kernel, inputs=b.kernel**2),
        draw(b.middle, inputs=20),
        draw(b.outputs, b.middle, inputs=b.middle),
        draw(b.outputs, inputs=20),
        gate,
    )


def images(block: Block, batch: int, height: int, width: int, seed: int = 1) -> Floats:
    """Random images with channels last."""
    shape = (batch, height, width, block.inputs)
    return np.random.default_rng(seed).standard_normal(shape).astype(np.float32)


def by_torch(block: Block, weights: Weights, x: Floats) -> Floats:
    """The block in double precision, [batch, H', W', outputs]."""

    def exact(array: Floats) -> torch.Tensor:
        return torch.from_numpy(array).double()

    b = block
    image = y = exact(x).permute(0, 3, 1, 2)
    if b.widens:
        y = functional.conv2d(y, exact(weights.widen)[:, :, None, None], exact(weights.widen_bias))
        y = ACTS[b.widen_act](y)
    taps = exact(weights.filter)[:, None]
    bias = exact(weights.filter_bias)
    y = functional.conv2d(functional.pad(y, b.padding), taps, bias, b.stride, groups=b.middle)
    y = ACTS[b.filter_act](y)
    if b.gate and weights.gate:
        layers = (
            (weights.gate.squeeze, weights.gate.squeeze_bias, b.gate.squeeze_act),
            (weights.gate.excite, weights.gate.excite_bias, b.gate.excite_act),
        )
        factors = y.mean((2, 3))
        for matrix, bias_of, act in layers:
            factors = ACTS[act](functional.linear(factors, exact(matrix), exact(bias_of)))
        y = y * factors[:, :, None, None]
    kernel = exact(weights.project)[:, :, None, None]
    y = ACTS[b.project_act](functional.conv2d(y, kernel, exact(weights.project_bias)))
    result: Floats = (y + image if b.skips else y).permute(0, 2, 3, 1).numpy()
    return result


def distance(got: Floats, wanted: Floats) -> float:
    """The largest difference, of the largest number."""
    return float(np.abs(got - wanted).max() / np.abs(wanted).max())


def stir(network: nn.Module) -> None:
    """Give norms something to do."""
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            assert module.running_mean is not None and module.running_var is not None
            module.running_mean.normal_(0, 0.1)
            module.running_var.uniform_(0.5, 1.5)
            with torch.no_grad():
                module.weight.uniform_(0.5, 1.5)
                module.bias.normal_(0, 0.1)
