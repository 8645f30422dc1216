"""Sums of products: convolutions and linear layers."""

from __future__ import annotations

from typing import Any

from torch import Tensor, nn

from .activations import Activations
from .sums import MOST_TERMS, Step, Term, Window, largest


def convolution(
    part: nn.Conv2d,
    activations: Activations,
    found: dict[nn.Module, tuple[Tensor, Tensor]],
    place: tuple[int, ...],
    pad: tuple[Any, ...],
) -> Step:
    """Kernel times window, channel by channel of the group, plus the bias.

    `pad` (left, right, top, bottom) is what stands around the image already.
    """
    x, output = found[part]
    weights = activations.weights[part]
    channel, row, column = place
    kernel = weights["weight"][channel].double()
    within = kernel.shape[0]
    first = channel // (part.out_channels // part.groups) * within
    top = row * part.stride[0] - int(part.padding[0])
    left = column * part.stride[1] - int(part.padding[1])
    height, width = x.shape[1:]
    inside = (int(pad[2]), height - int(pad[3]), int(pad[0]), width - int(pad[1]))
    windows = []
    for i in range(within):
        numbers = tuple(
            tuple(
                float(x[first + i, y, z])
                if inside[0] <= y < inside[1] and inside[2] <= z < inside[3]
                else None
                for z in (left + b * part.dilation[1] for b in range(kernel.shape[2]))
            )
            for y in (top + a * part.dilation[0] for a in range(kernel.shape[1]))
        )
        rows = tuple(tuple(float(w) for w in line) for line in kernel[i])
        products = [
            w * (n or 0.0)
            for line, others in zip(rows, numbers, strict=True)
            for w, n in zip(line, others, strict=True)
        ]
        windows.append((Window(f"channel {first + i}", numbers, rows, sum(products)), products))
    bias = float(weights["bias"][channel]) if "bias" in weights else None
    value = sum(w.total for w, _ in windows) + (bias or 0.0)
    reach = sum(abs(p) for _, products in windows for p in products) + abs(bias or 0.0)
    numbers_told = () if bias is None else (("bias", bias),)
    formula = "Σ kernel × window" + (" + bias" if bias is not None else "")
    running = float(output[place])
    if kernel.shape[1] == kernel.shape[2] == 1:
        terms = [Term(w.name, w.numbers[0][0] or 0.0, w.weights[0][0], w.total) for w, _ in windows]
        kept, rest, rest_total = largest(terms)
        return Step(
            "convolution", formula, value, running, (), kept, rest, rest_total, numbers_told, reach
        )
    order = [w for w, _ in windows]
    most = len(order)
    if most > MOST_TERMS:
        order.sort(key=lambda w: -abs(w.total))
        most = 4
    others = order[most:]
    return Step(
        "depthwise convolution" if within == 1 and part.groups > 1 else "convolution",
        formula,
        value,
        running,
        tuple(order[:most]),
        (),
        len(others),
        sum(w.total for w in others),
        numbers_told,
        reach,
    )


def linear(
    part: nn.Linear,
    activations: Activations,
    found: dict[nn.Module, tuple[Tensor, Tensor]],
    place: tuple[int, ...],
) -> Step:
    """Weights times inputs, the largest contributions first, plus the bias."""
    x, output = found[part]
    weights = activations.weights[part]
    row = weights["weight"][place[-1]].double()
    numbers = x[place[:-1]].double()
    terms = [
        Term(f"input {i}", a, b, a * b)
        for i, (a, b) in enumerate(zip(numbers.tolist(), row.tolist(), strict=True))
    ]
    bias = float(weights["bias"][place[-1]]) if "bias" in weights else None
    kept, rest, rest_total = largest(terms)
    return Step(
        "linear",
        "Σ weight × input" + (" + bias" if bias is not None else ""),
        sum(t.total for t in terms) + (bias or 0.0),
        float(output[place]),
        (),
        kept,
        rest,
        rest_total,
        () if bias is None else (("bias", bias),),
        sum(abs(t.total) for t in terms) + abs(bias or 0.0),
    )
