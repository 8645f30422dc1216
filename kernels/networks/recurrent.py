"""Recurrences over tokens as torch modules: Elman, GRU, LSTM and sLSTM, in one or several heads.

They are plain loops over time, so that torch's counter sees every product and any dtype works.
Gates stand in torch's order: r z n in a GRU, i f z o in LSTM and sLSTM.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from archwright.interpreter.architecture import Leaf

from .parts import Call, call, whole, word

GATES = {"elman": 1, "gru": 3, "lstm": 4, "slstm": 4}


class Recurrent(nn.Module):
    """A recurrent layer whose recurrent weights are one dense block a head and gate.

    Attributes
    ----------
    weight_ih : Parameter, [gates * hidden, I]
    weight_hh : Parameter, [heads, gates * hidden / heads, fed]
        `fed` is the width of a head, or of the projection.
    bias_ih, bias_hh : Parameter or None, [gates * hidden]
        The first with one or two biases, the second with two.
    weight_hr : Parameter or None, [projection, hidden]
    """

    def __init__(
        self,
        inputs: int,
        hidden: int,
        cell: str,
        *,
        heads: int = 1,
        biases: int = 1,
        projection: int = 0,
    ) -> None:
        super().__init__()
        self.cell, self.heads, self.hidden = cell, heads, hidden
        gates = GATES[cell]
        head = hidden // heads
        self.fed = projection or head
        self.weight_ih = nn.Parameter(torch.empty(gates * hidden, inputs))
        self.weight_hh = nn.Parameter(torch.empty(heads, gates * head, self.fed))
        self.weight_hr = nn.Parameter(torch.empty(projection, hidden)) if projection else None
        self.bias_ih = nn.Parameter(torch.empty(gates * hidden)) if biases > 0 else None
        self.bias_hh = nn.Parameter(torch.empty(gates * hidden)) if biases > 1 else None
        for parameter in self.parameters():
            nn.init.uniform_(parameter, -(hidden**-0.5), hidden**-0.5)

    def forward(self, x: Tensor) -> Tensor:
        """Hidden outputs [batch, T, hidden or projection] of [batch, T, I]."""
        batch, steps, _ = x.shape
        inputs = functional.linear(x, self.weight_ih, self.bias_ih)
        inputs = inputs.view(batch, steps, GATES[self.cell], self.heads, self.hidden // self.heads)
        hidden = x.new_zeros(self.heads, batch, self.fed)
        states = self._start(x.new_zeros(batch, self.heads, self.hidden // self.heads))
        outputs = []
        for t in range(steps):
            fed = torch.bmm(hidden, self.weight_hh.transpose(1, 2))
            recurrent = fed.view(
                self.heads, batch, GATES[self.cell], self.hidden // self.heads
            ).permute(1, 2, 0, 3)
            if self.bias_hh is not None:
                recurrent = recurrent + self.bias_hh.view(GATES[self.cell], self.heads, -1)
            states = self._step(inputs[:, t].unbind(1), recurrent.unbind(1), states)
            out = states[0].flatten(1)
            if self.weight_hr is not None:
                out = functional.linear(out, self.weight_hr)
            hidden = out.view(batch, self.heads, self.fed).transpose(0, 1)
            outputs.append(out)
        return torch.stack(outputs, dim=1)

    def _start(self, zero: Tensor) -> tuple[Tensor, ...]:
        if self.cell == "slstm":  # a stabiliser of minus infinity: nothing is remembered yet
            return zero, zero, zero, torch.full_like(zero, -torch.inf)
        return (zero, zero) if self.cell == "lstm" else (zero,)

    def _step(
        self, x: tuple[Tensor, ...], r: tuple[Tensor, ...], states: tuple[Tensor, ...]
    ) -> tuple[Tensor, ...]:
        """States after a step, from what inputs and recurrence put on each gate; the first is h."""
        if self.cell == "elman":
            return ((x[0] + r[0]).tanh(),)
        if self.cell == "gru":
            reset, update = (x[0] + r[0]).sigmoid(), (x[1] + r[1]).sigmoid()
            fresh = (x[2] + reset * r[2]).tanh()
            return (fresh + update * (states[0] - fresh),)
        i, f, z, o = (a + b for a, b in zip(x, r, strict=True))
        if self.cell == "lstm":
            return lstm_step(i, f, z, o, states[1])
        return slstm_step(i, f, z, o, *states[1:])


def lstm_step(i: Tensor, f: Tensor, z: Tensor, o: Tensor, c: Tensor) -> tuple[Tensor, Tensor]:
    """States h and c after a step of an LSTM."""
    c = f.sigmoid() * c + i.sigmoid() * z.tanh()
    return o.sigmoid() * c.tanh(), c


def slstm_step(
    i: Tensor, f: Tensor, z: Tensor, o: Tensor, c: Tensor, n: Tensor, m: Tensor
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """States h, c, n, m after a step of an sLSTM (Beck et al., *xLSTM*, 2024, section 2.2).

    The input gate is an exponential, the forget gate a sigmoid; both are divided by exp(m), which
    cancels in h and keeps them within the floats.
    """
    kept = functional.logsigmoid(f) + m
    m = torch.maximum(kept, i)
    fresh, old = (i - m).exp(), (kept - m).exp()
    c = old * c + fresh * z.tanh()
    n = old * n + fresh
    return o.sigmoid() * c / n, c, n, m


# Gates, those that the input gives and those that recur, of a recurrence by itself. In a GRU the
# recurrent part of the fresh state is a gate of its own: g r z n, of which n does not recur.
HEADWISE = {"elman": (1, 1, 1), "gru": (4, 3, 3), "lstm": (4, 4, 4), "slstm": (4, 4, 4)}


class Headwise(Recurrent):
    """A recurrence alone, its projection of the inputs already done, in heads.

    Attributes
    ----------
    R : Parameter, [gates that recur, N, D, D]
        By gate, head, output and input.
    b : Parameter, [gates, N, D]
    """

    def __init__(self, cell: str, heads: int, units: int) -> None:
        nn.Module.__init__(self)
        self.cell = cell
        gates, _, recurring = HEADWISE[cell]
        self.R = nn.Parameter(torch.empty(recurring, heads, units, units))
        self.b = nn.Parameter(torch.empty(gates, heads, units))
        for parameter in self.parameters():
            nn.init.uniform_(parameter, -(units**-0.5), units**-0.5)

    def forward(self, x: Tensor) -> Tensor:
        """States [batch, states, B, T, N, D] of pre-activations [batch, B, T, gates, N, D]."""
        states = self._start(torch.zeros_like(x[:, :, 0, 0]))
        outputs = []
        for t in range(x.shape[2]):
            recurrent = torch.einsum("bwnd,gned->bwgne", states[0], self.R)
            given = x[:, :, t]
            if self.cell == "gru":
                r, z, n = (given + self.b[1:]).unbind(2)
                fed = recurrent[:, :, 0] + self.b[0], *recurrent[:, :, 1:].unbind(2)
                states = self._step((r, z, n), (fed[1], fed[2], fed[0]), states)
            else:
                states = self._step((given + self.b).unbind(2), recurrent.unbind(2), states)
            outputs.append(torch.stack(states, dim=1))
        return torch.stack(outputs, dim=3)


def recurrent(leaf: Leaf) -> Call:
    """A recurrent layer over the tokens."""
    return call(
        Recurrent,
        inputs=leaf.input_shapes[0][-1],
        hidden=whole(leaf, "hidden"),
        cell=word(leaf, "cell"),
        **{name: whole(leaf, name) for name in ("heads", "biases", "projection")},
    )


def headwise(leaf: Leaf) -> Call:
    """The recurrence of `std.rnn` or `std.persistent`, whatever its tile or program."""
    *_, heads, units = leaf.input_shapes[0]
    return call(Headwise, cell=word(leaf, "cell"), heads=heads, units=units)
