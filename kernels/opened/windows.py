"""Pools: which element of a window won, or the mean of those inside the image."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor, nn

from archwright.kernels.networks import layers

from .sums import Step, Window

Pool = nn.MaxPool2d | nn.AvgPool2d | layers.PaddedMaxPool | layers.PaddedMeanPool
MOST_SIDE = 9  # of a window that is told number by number


def maximum(module: Pool, x: Tensor, running: float, place: tuple[int, ...]) -> Step:
    """The largest number of a window."""
    numbers, channel = _numbers(module, x, place), place[0]
    seen = [
        (n, (i, j)) for i, row in enumerate(numbers) for j, n in enumerate(row) if n is not None
    ]
    value, winner = max(seen, key=lambda item: item[0])
    window = Window(f"channel {channel}", numbers, (), value, winner)
    formula = f"the largest of {len(seen)}"
    return Step("maximum", formula, value, running, (window,), reach=abs(value))


def mean(module: Pool, x: Tensor, running: float, place: tuple[int, ...]) -> Step:
    """The mean of a window; what lies outside the image does not count."""
    numbers, channel = _numbers(module, x, place), place[0]
    seen = [n for row in numbers for n in row if n is not None]
    value = sum(seen) / len(seen)
    window = Window(f"channel {channel}", numbers, (), sum(seen))
    reach = sum(map(abs, seen)) / len(seen)
    formula = f"sum ÷ {len(seen)}"
    return Step("mean", formula, value, running, (window,), reach=reach)


def whole_mean(x: Tensor, running: float, place: tuple[int, ...]) -> Step:
    """The mean of a whole channel."""
    plane = x[place[0]].double()
    count, total = plane.numel(), float(plane.sum())
    windows: tuple[Window, ...] = ()
    if max(plane.shape) <= MOST_SIDE:
        rows = tuple(tuple(float(v) for v in row) for row in plane)
        windows = (Window(f"channel {place[0]}", rows, (), total),)
    told = (*(("sum", total), ("least", float(plane.min())), ("largest", float(plane.max()))),)
    formula = f"sum ÷ {count}, the whole channel"
    reach = float(plane.abs().mean())
    return Step("mean", formula, total / count, running, windows, numbers=told, reach=reach)


def _numbers(
    module: Pool, x: Tensor, place: tuple[int, ...]
) -> tuple[tuple[float | None, ...], ...]:
    channel, row, column = place
    if isinstance(module, layers.PaddedMaxPool | layers.PaddedMeanPool):
        kernel, stride, above, before = module.kernel, module.stride, module.pad[2], module.pad[0]
    else:
        kernel, stride = _whole(module.kernel_size), _whole(module.stride)
        above = before = _whole(module.padding)
    height, width = x.shape[1:]
    rows = range(row * stride - above, row * stride - above + kernel)
    columns = range(column * stride - before, column * stride - before + kernel)
    return tuple(
        tuple(
            float(x[channel, y, z]) if 0 <= y < height and 0 <= z < width else None for z in columns
        )
        for y in rows
    )


def _whole(value: int | Sequence[int]) -> int:
    """One side of a square."""
    return value if isinstance(value, int) else value[0]
