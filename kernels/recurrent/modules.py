"""Recurrent layers as torch modules: the conventions and parameters of `torch.nn`, our kernels.

`LSTM`, `GRU` and `RNN` take the arguments of their namesakes and load their state dicts; `SLSTM`
and `Recurrent`, for a cell of one's own, follow them. Heads make the recurrence block-diagonal.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any, TypeAlias

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence, pad_packed_sequence

from ..cells.cell import Cell
from ..cells.expression import relu
from ..cells.standard import ELMAN
from ..cells.standard import GRU as GRU_CELL
from ..cells.standard import LSTM as LSTM_CELL
from ..cells.standard import SLSTM as SLSTM_CELL
from .functional import sequence
from .plan import cell_of

States: TypeAlias = Tensor | tuple[Tensor, ...]

ELMAN_RELU = Cell.define("elman_relu", ["g"], ["h"], lambda gate, state: {"h": relu(gate.g)})
RECURRING_ORDER = {GRU_CELL.name: (2, 0, 1)}  # torch's r z n where the cell's are g r z


class Recurrent(nn.Module):
    """Layers of one cell, over sequences.

    Parameters
    ----------
    input_size, hidden_size : int
    num_layers : int
    bias : bool
    batch_first : bool
        Whether inputs and outputs are [B, T, ...] and not [T, B, ...].
    dropout : float
        Share of the outputs of every layer but the last that is dropped in training.
    bidirectional : bool
    proj_size : int
        Only 0, no projection, is supported.
    cell : Cell or str
    heads : int
        Equal parts of the hidden units that do not mix in the recurrence.
    threads : int
        Blocks of batch rows and groups of heads that may run at once.

    Attributes
    ----------
    weight_ih_l[k], weight_ih_l[k]_reverse : Parameter [Gw * hidden_size, inputs]
        Gates that the input gives, in the cell's order.
    weight_hh_l[k], ... : Parameter [Gr * hidden_size, hidden_size / heads]
        Gates that recur; in a GRU in torch's order, r z n.
    bias_ih_l[k], ... : Parameter [Gw * hidden_size]
    bias_hh_l[k], ... : Parameter [Gr * hidden_size]

    Raises
    ------
    ValueError
        Where sizes make no layer.
    """

    weight_ih_l0: Tensor

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        proj_size: int = 0,
        device: Any = None,
        dtype: Any = None,
        *,
        cell: Cell | str,
        heads: int = 1,
        threads: int = 1,
    ) -> None:
        super().__init__()
        if proj_size:
            raise ValueError(
                f"proj_size is {proj_size}: this layer has no projection of its outputs. "
                "Take torch.nn.LSTM, or another hidden_size here"
            )
        sizes = {"input_size": input_size, "hidden_size": hidden_size, "num_layers": num_layers,
                 "heads": heads, "threads": threads}  # fmt: skip
        for name, size in sizes.items():
            if not isinstance(size, int) or size < 1:
                raise ValueError(f"{name} is {size!r}; a whole number of at least 1 is needed")
        if hidden_size % heads:
            raise ValueError(f"{heads} heads do not divide {hidden_size} hidden units")
        if not 0 <= dropout <= 1:
            raise ValueError(f"dropout is {dropout}, not a share between 0 and 1")
        if dropout and num_layers == 1:
            warnings.warn(
                f"dropout of {dropout} comes after every layer but the last; there is one layer",
                stacklevel=3,
            )
        self.cell = cell_of(cell)
        self.input_size, self.hidden_size, self.num_layers = input_size, hidden_size, num_layers
        self.bias, self.batch_first, self.dropout = bias, batch_first, float(dropout)
        self.bidirectional, self.proj_size = bidirectional, 0
        self.heads, self.threads = heads, threads
        self._order = RECURRING_ORDER.get(self.cell.name) if self.cell is GRU_CELL else None
        given, recurring = len(self.cell.given), len(self.cell.recurring)
        for layer in range(num_layers):
            inputs = hidden_size * self.directions if layer else input_size
            for suffix in self._suffixes(layer):
                shapes: dict[str, tuple[int, ...]] = {
                    "weight_ih": (given * hidden_size, inputs),
                    "weight_hh": (recurring * hidden_size, hidden_size // heads),
                }
                if bias:
                    shapes |= {"bias_ih": (given * hidden_size,)}
                    shapes |= {"bias_hh": (recurring * hidden_size,)}
                for name, shape in shapes.items():
                    made = nn.Parameter(torch.empty(shape, device=device, dtype=dtype))
                    self.register_parameter(name + suffix, made)
        self.reset_parameters()

    @classmethod
    def from_torch(cls, module: nn.RNNBase, **more: Any) -> Recurrent:
        """A layer with the arguments and weights of one of `torch.nn`.

        Parameters
        ----------
        module : torch.nn.LSTM, GRU or RNN
            Whichever the class is named after.

        Raises
        ------
        ValueError
            Where it is another one, or has a projection.
        """
        if cls.__name__ not in {kind.__name__ for kind in type(module).__mro__}:
            raise ValueError(
                f"a {type(module).__name__} has other weights than this {cls.__name__}"
            )
        weight = module.weight_ih_l0
        made = cls(
            module.input_size, module.hidden_size, module.num_layers, bias=module.bias,
            batch_first=module.batch_first, dropout=module.dropout,
            bidirectional=module.bidirectional, proj_size=module.proj_size,
            device=weight.device, dtype=weight.dtype, **more,
        )  # fmt: skip
        made.load_state_dict(module.state_dict())
        made.train(module.training)
        return made

    @property
    def directions(self) -> int:
        return 2 if self.bidirectional else 1

    def _suffixes(self, layer: int) -> list[str]:
        return [f"_l{layer}", f"_l{layer}_reverse"][: self.directions]

    def reset_parameters(self) -> None:
        """Uniform between -1 and 1 over the root of the hidden units, as in torch."""
        bound = self.hidden_size**-0.5
        for parameter in self.parameters():
            nn.init.uniform_(parameter, -bound, bound)

    @property
    def all_weights(self) -> list[list[Tensor]]:
        """Weights and biases of every direction of every layer, as in torch."""
        kinds = ("weight_ih", "weight_hh", *(("bias_ih", "bias_hh") if self.bias else ()))
        return [
            [getattr(self, kind + suffix) for kind in kinds]
            for layer in range(self.num_layers)
            for suffix in self._suffixes(layer)
        ]

    def flatten_parameters(self) -> None:
        """Nothing to do; torch's layers have a method of this name."""

    def extra_repr(self) -> str:
        parts = [f"{self.input_size}, {self.hidden_size}", f"cell={self.cell}"]
        usual = {"num_layers": 1, "bias": True, "batch_first": False, "dropout": 0.0,
                 "bidirectional": False, "heads": 1, "threads": 1}  # fmt: skip
        parts += [f"{k}={getattr(self, k)}" for k, v in usual.items() if getattr(self, k) != v]
        return ", ".join(parts)

    # ---------------------------------------------------------------------------------- calling

    def forward(
        self,
        input: Tensor | PackedSequence,
        hx: States | None = None,
        lengths: Tensor | Sequence[int] | None = None,
    ) -> tuple[Tensor | PackedSequence, States]:
        """Outputs of the last layer, and the last states of all.

        Parameters
        ----------
        input : tensor [T, B, I], [B, T, I] if `batch_first`, [T, I]; or PackedSequence
        hx : tensor [layers * directions, B, hidden_size], or one for each state of the cell
            States before the first step; without B where the input has none. Those that the cell
            names, mostly zeros, if left out.
        lengths : tensor or sequence of int [B], optional
            Steps of every sequence; later ones are not looked at, and their outputs are zero.

        Returns
        -------
        output : like the input, with directions * hidden_size numbers
        states : like `hx`
            After the last step of every sequence.

        Raises
        ------
        ValueError
            Where shapes, kinds of numbers or lengths do not fit.

        Notes
        -----
        Under autocast it runs, and answers, in the precision of its weights.
        """
        device, dtype = self.weight_ih_l0.device.type, self.weight_ih_l0.dtype
        if torch.amp.is_autocast_available(device) and torch.is_autocast_enabled(device):
            with torch.autocast(device, enabled=False):
                return self.forward(_in(dtype, input), _in(dtype, hx), lengths)
        if isinstance(input, PackedSequence):
            if lengths is not None:
                raise ValueError("a packed sequence has its own lengths; `lengths` is one too many")
            x, steps = pad_packed_sequence(input, batch_first=True)
            found, last = self._layers(x, self._told(hx, x, True), self._checked(steps, x))
            if input.sorted_indices is not None:
                order = input.sorted_indices
                found, steps = found.index_select(0, order), steps[order.cpu()]
            data = pack_padded_sequence(found, steps, batch_first=True).data
            packed = PackedSequence(
                data, input.batch_sizes, input.sorted_indices, input.unsorted_indices
            )
            return packed, self._given_back(last, True)
        if not isinstance(input, Tensor):
            raise ValueError(f"the input is a {type(input).__name__}, not a tensor")
        if input.ndim not in (2, 3):
            raise ValueError(f"an input of shape {tuple(input.shape)}: 2 or 3 sizes are expected")
        batched = input.ndim == 3
        x = input if batched else input[None]
        if batched and not self.batch_first:
            x = x.transpose(0, 1)
        told = None if lengths is None else self._checked(lengths, x)
        found, last = self._layers(x, self._told(hx, x, batched), told)
        if not batched:
            found = found[0]
        elif not self.batch_first:
            found = found.transpose(0, 1)
        return found, self._given_back(last, batched)

    def _told(self, hx: States | None, x: Tensor, batched: bool) -> Tensor | None:
        """Initial states as one tensor [S, layers * directions, B, hidden]."""
        batch, steps, inputs = x.shape
        weight = self.weight_ih_l0
        if inputs != self.input_size:
            raise ValueError(f"the input has {inputs} features, the layer is for {self.input_size}")
        if x.dtype != weight.dtype or x.device != weight.device:
            raise ValueError(
                f"the input is {x.dtype} on {x.device}, "
                f"the weights are {weight.dtype} on {weight.device}: they must be alike"
            )
        if not steps:
            raise ValueError("a sequence of no steps; at least one is needed")
        if hx is None:
            return None
        count = len(self.cell.states)
        parts = (hx,) if isinstance(hx, Tensor) else tuple(hx)
        strange = [type(part).__name__ for part in parts if not isinstance(part, Tensor)]
        if strange:
            raise ValueError(f"an initial state is a {strange[0]}, not a tensor")
        if len(parts) != count:
            names = ", ".join(state.name for state in self.cell.states)
            raise ValueError(f"{len(parts)} initial states; `{self.cell}` has {count}: {names}")
        wanted = (self.num_layers * self.directions, batch, self.hidden_size)
        if not batched:
            parts = tuple(part.unsqueeze(1) for part in parts)
        for part, state in zip(parts, self.cell.states, strict=True):
            if tuple(part.shape) != wanted:
                expected = wanted if batched else (wanted[0], wanted[2])
                shape = tuple(part.shape if batched else part.squeeze(1).shape)
                raise ValueError(
                    f"the initial state `{state.name}` has shape {shape}, not {expected}"
                )
            if part.dtype != x.dtype or part.device != x.device:
                raise ValueError(
                    f"the initial state `{state.name}` is {part.dtype} on {part.device}, "
                    f"the input is {x.dtype} on {x.device}: they must be alike"
                )
        return torch.stack(parts)

    def _checked(self, lengths: Tensor | Sequence[int], x: Tensor) -> Tensor:
        """Lengths as a tensor of integers, each between one and the steps there are."""
        told = torch.as_tensor(lengths, device=x.device)
        if told.dtype.is_floating_point or tuple(told.shape) != x.shape[:1]:
            raise ValueError(
                f"lengths of shape {tuple(told.shape)} and {told.dtype}: "
                f"an integer for each of {x.shape[0]} sequences is expected"
            )
        if told.numel() and not 1 <= int(told.min()) <= int(told.max()) <= x.shape[1]:
            raise ValueError(
                f"lengths between {int(told.min())} and {int(told.max())}; "
                f"possible are 1 to {x.shape[1]}"
            )
        return told.long()

    def _given_back(self, last: Tensor, batched: bool) -> States:
        """Last states in the form in which initial ones are told."""
        parts = tuple((last if batched else last[:, :, 0]).unbind(0))
        return parts if len(parts) > 1 else parts[0]

    # ----------------------------------------------------------------------------------- layers

    def _layers(
        self, x: Tensor, start: Tensor | None, lengths: Tensor | None
    ) -> tuple[Tensor, Tensor]:
        """Outputs [B, T, ...] and last states [S, layers * directions, B, hidden]."""
        ends = []
        padding = None
        if lengths is not None:
            padding = torch.arange(x.shape[1], device=x.device) >= lengths[:, None]
            x = x.masked_fill(padding[:, :, None], 0)  # whatever stands there, were it NaN
        for layer in range(self.num_layers):
            outputs = []
            for backwards, suffix in enumerate(self._suffixes(layer)):
                place = layer * self.directions + backwards
                begin = None if start is None else start[:, place]
                given = _reversed(x, lengths) if backwards else x
                found, end = self._layer(given, suffix, begin, lengths)
                outputs.append(_reversed(found, lengths) if backwards else found)
                ends.append(end)
            x = outputs[0] if len(outputs) == 1 else torch.cat(outputs, 2)
            if padding is not None:
                x = x.masked_fill(padding[:, :, None], 0)
            if self.dropout and layer + 1 < self.num_layers:
                x = functional.dropout(x, self.dropout, self.training)
        return x, torch.stack(ends, 1)

    def _layer(
        self, x: Tensor, suffix: str, start: Tensor | None, lengths: Tensor | None
    ) -> tuple[Tensor, Tensor]:
        """Outputs [B, T, hidden] and last states [S, B, hidden] of one direction of one layer."""
        batch, steps, _ = x.shape
        heads, units, cell = self.heads, self.hidden_size // self.heads, self.cell
        Wx = functional.linear(x, getattr(self, "weight_ih" + suffix))
        Wx = Wx.view(batch, steps, len(cell.given), heads, units)
        R = getattr(self, "weight_hh" + suffix).view(-1, heads, units, units)
        if self._order is not None:
            R = R[list(self._order)]
        s0 = None
        if start is not None:
            s0 = start.reshape(len(cell.states), batch, 1, heads, units)
        found, last = sequence(
            Wx, R, self._biases(suffix, R), s0,
            cell=cell, threads=self.threads, every=lengths is not None,
        )  # fmt: skip
        if lengths is not None:
            last = found[:, torch.arange(batch, device=x.device), lengths - 1]
            found = found[0]
        return found.flatten(2), last.reshape(len(cell.states), batch, self.hidden_size)

    def _biases(self, suffix: str, R: Tensor) -> Tensor:
        """Sums of what either bias gives every gate [G, N, D]."""
        cell, size = self.cell, (-1, *R.shape[1:3])
        if not self.bias:
            return R.new_zeros(len(cell.gates), *R.shape[1:3])
        from_input = getattr(self, "bias_ih" + suffix).view(size)
        from_hidden = getattr(self, "bias_hh" + suffix).view(size)
        if len(cell.given) == len(cell.recurring) == len(cell.gates):
            both: Tensor = from_input + from_hidden
            return both
        order = self._order or range(len(cell.recurring))
        sums: list[Any] = [0] * len(cell.gates)
        for place, g in enumerate(cell.given):
            sums[g] = sums[g] + from_input[place]
        for place, g in zip(order, cell.recurring, strict=True):
            sums[g] = sums[g] + from_hidden[place]
        return torch.stack(sums)


def _in(dtype: torch.dtype, given: Any) -> Any:
    """Tensors of floats, alone, packed or in a tuple, in another precision."""
    if isinstance(given, tuple) and not isinstance(given, PackedSequence):
        return tuple(_in(dtype, one) for one in given)
    floats = given.is_floating_point() if isinstance(given, Tensor) else given is not None
    return given.to(dtype) if floats and hasattr(given, "to") else given


def _reversed(x: Tensor, lengths: Tensor | None) -> Tensor:
    """Every sequence from its last step to its first; what is beyond stays where it is."""
    if lengths is None:
        return x.flip(1)
    steps = torch.arange(x.shape[1], device=x.device)
    places = lengths[:, None] - 1 - steps
    places = torch.where(places < 0, steps, places)
    return x.gather(1, places[:, :, None].expand_as(x))


class LSTM(Recurrent):
    """`torch.nn.LSTM` without projections."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, cell=LSTM_CELL, **options)


class GRU(Recurrent):
    """`torch.nn.GRU`."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, cell=GRU_CELL, **options)


class SLSTM(Recurrent):
    """The LSTM with exponential gates of xLSTM; states h, c, n, m, gates i f z o."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, cell=SLSTM_CELL, **options)


class RNN(Recurrent):
    """`torch.nn.RNN`, with its `nonlinearity`, "tanh" or "relu", as the fourth argument."""

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        nonlinearity: str = "tanh",
        *arguments: Any,
        **options: Any,
    ) -> None:
        cells = {"tanh": ELMAN, "relu": ELMAN_RELU}
        if nonlinearity not in cells:
            raise ValueError(f"nonlinearity is {nonlinearity!r}; there is 'tanh' and 'relu'")
        cell = cells[nonlinearity]
        super().__init__(input_size, hidden_size, num_layers, *arguments, cell=cell, **options)
        self.nonlinearity = nonlinearity

    @classmethod
    def from_torch(cls, module: nn.RNNBase, **more: Any) -> Recurrent:
        return super().from_torch(module, nonlinearity=module.nonlinearity, **more)
