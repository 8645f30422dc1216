"""What code written for `torch.nn.LSTM`, `GRU` and `RNN` does with a layer, done with ours."""

from __future__ import annotations

import copy
import io
import pickle
import warnings
from collections.abc import Callable
from typing import Any

import pytest

torch = pytest.importorskip("torch")

from torch.nn.utils import parametrizations  # noqa: E402
from torch.nn.utils.rnn import pack_sequence, pad_packed_sequence  # noqa: E402
from torch.utils.checkpoint import checkpoint  # noqa: E402

from archwright.kernels.recurrent import modules  # noqa: E402
from archwright.kernels.recurrent.functional import SlowPath  # noqa: E402

KINDS = ("LSTM", "GRU", "RNN")
TOLERANCE = 1e-5


def pair(kind: str) -> tuple[Any, Any]:
    """A layer of torch and ours with its weights: two layers, both ways, batch first."""
    torch.manual_seed(1)
    options = {"num_layers": 2, "bidirectional": True, "batch_first": True}
    theirs = getattr(torch.nn, kind)(5, 16, **options)
    ours = getattr(modules, kind)(5, 16, **options)
    ours.load_state_dict(theirs.state_dict())
    return theirs, ours


def saved(layer: Any) -> Any:
    file = io.BytesIO()
    torch.save(layer, file)
    file.seek(0)
    return torch.load(file, weights_only=False)


def packed(layer: Any, x: Any) -> Any:
    return pad_packed_sequence(layer(pack_sequence([x[0], x[1, :4], x[2, :1]]))[0])[0]


def gradient(layer: Any, x: Any) -> Any:
    leaf = x.clone().requires_grad_()
    layer(leaf)[0].square().sum().backward()
    return leaf.grad


def frozen(layer: Any, x: Any) -> Any:
    found = layer.requires_grad_(False)(x)[0]
    assert not found.requires_grad
    return found


def not_finite(layer: Any, x: Any) -> Any:
    broken = x.clone()
    broken[1, 2, 3] = torch.nan
    found = layer(broken)[0]
    assert found[1].isnan().any() and found[[0, 2]].isfinite().all()
    return found[[0, 2]]


def again(layer: Any, x: Any) -> Any:
    _, states = layer(x)
    return layer(x, states)[0]


def no_batch(layer: Any, x: Any) -> Any:
    found, states = layer(x[0])
    assert all(s.shape == (4, 16) for s in (states if isinstance(states, tuple) else (states,)))
    return found


def strided(layer: Any, x: Any) -> Any:
    return layer(torch.stack([x, x], 3)[..., 1])[0]


def normed(layer: Any, x: Any) -> Any:
    return parametrizations.weight_norm(layer, "weight_hh_l0")(x)[0]


def replaced(layer: Any, x: Any) -> Any:
    doubled = {name: 2 * value for name, value in layer.named_parameters()}
    return torch.func.functional_call(layer, doubled, (x,))[0]


def checkpointed(layer: Any, x: Any) -> Any:
    leaf = x.clone().requires_grad_()
    checkpoint(lambda y: layer(y)[0].square(), leaf, use_reentrant=False).sum().backward()
    return leaf.grad


def inferred(layer: Any, x: Any) -> Any:
    with torch.inference_mode():
        return layer(x)[0].clone()


def compiled(layer: Any, x: Any) -> Any:
    torch._dynamo.reset()
    return torch.compile(layer, backend="eager")(x)[0]


CALLS: dict[str, Callable[[Any, Any], Any]] = {
    "a batch": lambda layer, x: layer(x)[0],
    "no batch": no_batch,
    "an empty batch": lambda layer, x: layer(x[:0])[0],
    "one step": lambda layer, x: layer(x[:, :1])[0],
    "strided input": strided,
    "packed": packed,
    "states given back": again,
    "gradients": gradient,
    "frozen": frozen,
    "inference mode": inferred,
    "not a number": not_finite,
    "deepcopy": lambda layer, x: copy.deepcopy(layer)(x)[0],
    "a copy in double": lambda layer, x: copy.deepcopy(layer).double()(x.double())[0].float(),
    "pickle": lambda layer, x: pickle.loads(pickle.dumps(layer))(x)[0],
    "saved": lambda layer, x: saved(layer)(x)[0],
    "weight norm": normed,
    "functional call": replaced,
    "checkpoint": checkpointed,
    "compiled": compiled,
}
SLOW = {"a copy in double"}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("call", CALLS)
def test_is_what_torch_does(call: str, kind: str) -> None:
    theirs, ours = pair(kind)
    x = torch.randn(3, 6, 5)
    if call == "packed":
        theirs.batch_first = ours.batch_first = False
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.simplefilter("ignore" if call in SLOW else "error", SlowPath)
        wanted, found = CALLS[call](theirs, x), CALLS[call](ours, x)
    assert found.shape == wanted.shape and found.dtype == wanted.dtype
    assert found.numel() == 0 or (found - wanted).abs().max().item() <= TOLERANCE


@pytest.mark.parametrize("kind", KINDS)
def test_parameters_have_torchs_names_and_order(kind: str) -> None:
    theirs, ours = pair(kind)
    assert list(ours.state_dict()) == list(theirs.state_dict())
    theirs.load_state_dict(ours.state_dict())
    for a, b in zip(ours.all_weights, theirs.all_weights, strict=True):
        assert all(map(torch.equal, a, b))
    ours.flatten_parameters()
    assert ours.extra_repr().startswith("5, 16")


def transformed(layer: Any, x: Any) -> Any:
    return torch.func.vmap(lambda y: layer(y)[0])(x[None])[0]


@pytest.mark.parametrize(
    ("call", "why"),
    [
        (lambda layer, x: torch.export.export(layer, (x,)).module()(x)[0], "exported"),
        (lambda layer, x: torch.jit.trace(layer, x)(x)[0], "traced"),
        (transformed, "torch.func"),
        (lambda layer, x: copy.deepcopy(layer).bfloat16()(x.bfloat16())[0].float(), "bfloat16"),
        (lambda layer, x: copy.deepcopy(layer).half()(x.half())[0].float(), "float16"),
    ],
)
def test_what_kernels_cannot_runs_as_a_loop_and_says_so(
    call: Callable[[Any, Any], Any], why: str
) -> None:
    theirs, ours = pair("GRU")
    x = torch.randn(3, 6, 5)
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        found = call(ours, x)
    assert any(why in str(w.message) for w in told if w.category is SlowPath)
    assert float((found - theirs(x)[0]).abs().max()) <= (0.05 if "float16" in why else TOLERANCE)


def test_autocast_keeps_the_precision_of_the_weights() -> None:
    theirs, ours = pair("LSTM")
    x, start = torch.randn(3, 6, 5), torch.zeros(4, 3, 16)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        found, _ = ours(x.bfloat16(), (start.bfloat16(), start.bfloat16()))
        lists, _ = ours(pack_sequence([x[0], x[1, :2]]))
    assert found.dtype == lists.data.dtype == torch.float32
    assert float((found - theirs(x.bfloat16().float())[0]).abs().max()) <= TOLERANCE


def test_shapes_without_numbers() -> None:
    _, ours = pair("LSTM")
    with pytest.warns(SlowPath, match="meta"):
        out, (h, _) = ours.to("meta")(torch.empty(3, 6, 5, device="meta"))
    assert out.shape == (3, 6, 32) and h.shape == (4, 3, 16) and out.is_meta


def test_mistakes_are_named() -> None:
    _, layer = pair("LSTM")
    x, zeros = torch.randn(3, 6, 5), torch.zeros(4, 3, 16)
    for broken, message in (
        (lambda: modules.LSTM(5, 16, proj_size=4), "Take torch.nn.LSTM"),
        (lambda: modules.LSTM.from_torch(torch.nn.LSTM(5, 16, proj_size=4)), "projection"),
        (lambda: modules.LSTM.from_torch(torch.nn.GRU(5, 16)), "a GRU has other weights"),
        (lambda: modules.LSTM(5.0, 16), "input_size is 5.0"),
        (lambda: layer(x, (None, None)), "is a NoneType"),
        (lambda: layer(x, (zeros.double(), zeros)), "`h` is torch.float64"),
        (lambda: layer(x[0], (zeros, zeros)), r"not \(4, 16\)"),
        (lambda: layer(x.long()), "must be alike"),
        (lambda: layer(pack_sequence([x[0], x[1]]), (zeros, zeros)), r"not \(4, 2, 16\)"),
        (lambda: layer(pack_sequence([x[0]]), lengths=[6]), "one too many"),
    ):
        with pytest.raises(ValueError, match=message):
            broken()
    with pytest.warns(UserWarning, match="there is one layer"):
        modules.LSTM(5, 16, dropout=0.5)
