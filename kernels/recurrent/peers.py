"""What a recurrent kernel is measured against: torch's own ways to run the same layer."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from typing import TYPE_CHECKING

from ..arrays import Floats

if TYPE_CHECKING:
    from torch import Tensor

EAGER, NN = "eager loop", "nn.LSTM"


def has_torch() -> bool:
    """Whether torch is installed."""
    return find_spec("torch") is not None


def eager_loop(Wx: Tensor, R: Tensor, b: Tensor, s0: Tensor) -> Tensor:
    """An LSTM in torch operations: one batched product a step, the heads being the batch."""
    import torch

    gates, heads, units, _ = R.shape
    batch = Wx.shape[0]
    weights = R.permute(1, 3, 0, 2).reshape(heads, units, gates * units)
    inputs = Wx.permute(1, 3, 0, 2, 4) + b.permute(1, 0, 2)[:, None]  # [T, N, B, G, D]
    h, c = (state[:, 0].transpose(0, 1) for state in s0)  # [N, B, D]
    states = []
    for x in inputs.unbind(0):
        i, f, z, o = (x + torch.bmm(h, weights).view(heads, batch, gates, units)).unbind(2)
        c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(z)
        h = torch.sigmoid(o) * torch.tanh(c)
        states.append(torch.stack((h, c)))
    return torch.stack(states, 3).permute(0, 2, 3, 1, 4)


def lstm_peers(
    Wx: Floats, R: Floats, b: Floats, s0: Floats, results: dict[str, Tensor]
) -> dict[str, Callable[[], object]]:
    """The contestants in torch, each a call without arguments.

    `nn.LSTM` is one module per head with inputs of size 1: it reads no pre-activations, which
    flatters it against everything that does, and its projection costs next to nothing. Its gates
    come in another order, which changes no time.

    Parameters
    ----------
    results : dict
        The eager loop's last result lands here under its name, so that it can be checked.
    """
    import torch

    batch, steps, _, heads, units = Wx.shape
    tensors = [torch.from_numpy(array) for array in (Wx, R, b, s0)]
    modules = [torch.nn.LSTM(1, units, batch_first=True) for _ in range(heads)]
    thin = torch.randn(batch, steps, 1)

    def loop() -> None:
        with torch.inference_mode():
            results[EAGER] = eager_loop(*tensors)

    def nn() -> None:
        with torch.inference_mode():
            for module in modules:
                module(thin)

    return {EAGER: loop, NN: nn}
