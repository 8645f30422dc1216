"""Inputs that do not fit are told in a sentence; empty batches and other precisions work."""

from __future__ import annotations

import pytest

import archwright as aw

from .layers import network
from .test_std import CASES

torch = pytest.importorskip("torch")

from archwright.kernels.networks import room  # noqa: E402
from archwright.kernels.networks.build import build  # noqa: E402
from archwright.kernels.networks.inputs import WrongInput  # noqa: E402
from archwright.kernels.networks.run import run  # noqa: E402

IMAGE = network("3, 8, 8", "conv(x, out = 4, k = 3)", "linear(nn.global_pool(x), out = 2)")
WORDS = network("7", "embedding(x, vocabulary = 11, width = 4)")


@pytest.mark.parametrize(
    ("shape", "why"),
    [
        ((1, 3, 8, 9), r"reads x as \[batch, 3, 8, 8\]; found \[1, 3, 8, 9\]"),
        ((3, 8, 8), r"found \[3, 8, 8\]"),
        ((1, 1, 8, 8), r"found \[1, 1, 8, 8\]"),
    ],
)
def test_shapes_that_do_not_fit(shape: tuple[int, ...], why: str) -> None:
    with pytest.raises(WrongInput, match=why):
        aw.build(IMAGE)(torch.zeros(shape))


def test_other_inputs_that_do_not_fit() -> None:
    module = aw.build(IMAGE)
    with pytest.raises(WrongInput, match=r"reads 1 input\(s\), x; found 2"):
        module(*[torch.zeros(1, 3, 8, 8)] * 2)
    for dtype in (torch.float64, torch.float16, torch.uint8):
        with pytest.raises(WrongInput, match=r"weights of `net` are torch.float32"):
            module(torch.zeros(1, 3, 8, 8, dtype=dtype))
    with pytest.raises(WrongInput, match="is on meta and the weights of `net` on cpu"):
        module(torch.zeros(1, 3, 8, 8, device="meta"))
    with pytest.raises(WrongInput, match=r"numbers of a vocabulary: int64, not torch.float32"):
        aw.build(WORDS)(torch.zeros(1, 7))
    with pytest.raises(ValueError, match='bits is "fake" or "float"'):
        aw.build(IMAGE, bits="int4")  # type: ignore[arg-type]


@pytest.mark.parametrize(("shape", "call"), CASES, ids=[call for _, call in CASES])
def test_an_empty_batch_gives_an_empty_result(shape: str, call: str) -> None:
    found = network(shape, call)
    module = aw.build(found).eval()
    with torch.no_grad():
        out = module(*module.example_inputs(batch=0))
    assert out.shape == (0, *found.networks["net"].leaves[-1].shape)


@pytest.mark.parametrize("dtype", [torch.float64, torch.bfloat16, torch.float16])
def test_other_precisions(dtype: torch.dtype) -> None:
    for shape, call in (
        ("6, 8, 8", "mbconv(x, out = 6, k = 3, expand = 4, se = true)"),
        ("5, 12", "transformer(x, heads = 4)"),
        ("5, 12", "recurrent(x, hidden = 6, cell = nn.slstm, heads = 2)"),
    ):
        module = aw.build(network(shape, call)).eval()
        (x,) = module.example_inputs(2)
        with torch.no_grad():
            expected = module(x)
            found = module.to(dtype)(x.to(dtype))
        assert found.dtype == dtype
        assert (found - expected).abs().max() < 0.05 * expected.abs().max()


def test_images_may_lie_in_memory_as_they_like() -> None:
    module = aw.build(IMAGE).eval()
    x = torch.randn(2, 3, 8, 8)
    wide = torch.randn(2, 3, 8, 16)
    wide[..., ::2] = x
    with torch.no_grad():
        expected = module(x)
        assert torch.allclose(module(wide[..., ::2]), expected, atol=1e-6)
        turned = x.contiguous(memory_format=torch.channels_last)
        assert torch.allclose(module(turned), expected, atol=1e-6)


def test_nan_spreads_within_its_own_image() -> None:
    module = aw.build(IMAGE).eval()
    x = torch.randn(2, 3, 8, 8)
    x[0, 0, 0, 0] = torch.nan
    with torch.no_grad():
        out = module(x)
    assert out[0].isnan().all() and not out[1].isnan().any()


KINDS = [
    ("6, 8, 8", "mbconv(x, out = 6, k = 3, expand = 4, se = true)"),
    ("5, 12", "transformer(x, heads = 4)"),
    ("5, 12", "recurrent(x, hidden = 6, cell = nn.lstm)"),
    ("5, 12", "mixture(x, hidden = 5, experts = 4, active = 2)"),
]


@pytest.mark.parametrize(("shape", "call"), KINDS, ids=[call for _, call in KINDS])
def test_nan_reaches_the_output_of_its_own_example(shape: str, call: str) -> None:
    module = aw.build(network(shape, call)).eval()
    (x,) = module.example_inputs(2)
    with torch.no_grad():
        expected = module(x)
        x[0] = torch.nan
        found = module(x)
    assert found[0].isnan().all()
    torch.testing.assert_close(found[1], expected[1])


@pytest.mark.parametrize(
    ("call", "constraint", "why"),
    [
        ("attention(x, heads = 5)", "odd.whole_heads", "width 12 cannot be split over 5 heads"),
        ("attention(x, heads = 6, kv_heads = 4)", "odd.whole_groups", "6 heads cannot share 4"),
        ("transformer(x, heads = 5)", "odd.attention.whole_heads", "over 5 heads"),
        (
            "recurrent(x, hidden = 7, cell = nn.lstm, heads = 2)",
            *("odd.whole_heads", "7 units cannot be split over 2 heads"),
        ),
    ],
)
def test_a_head_count_that_does_not_divide_is_told_of_its_layer(
    call: str, constraint: str, why: str
) -> None:
    text = f"network net(x: tensor[5, 12]) {{ y = nn.{call} as odd\n return y }}"
    conflict = aw.loads(f"arch 1\nimport std.nn as nn\n{text}").bind().explain()
    assert constraint in repr(conflict) and why in repr(conflict)


def test_memory_that_is_lacking_is_told_before_and_while(monkeypatch: pytest.MonkeyPatch) -> None:
    found = network("64", "embedding(x, vocabulary = 1024, width = 1024)").networks["net"]
    with pytest.raises(aw.ArchError, match=r"running `net` found no memory for .* GiB more"):
        run(found, batch=10**12)
    monkeypatch.setattr(room, "at_hand", lambda: 4.0 * 1024**2 - 1)
    with pytest.raises(aw.ArchError, match=r"building `net` takes 0.0 GiB for 1_048_576 param"):
        build(found)
    monkeypatch.setattr(room, "at_hand", lambda: 4.0 * 1024**2)
    assert build(found).parameter_count() == 1024**2
    with pytest.raises(aw.ArchError, match="running and checking `net` takes"):
        run(found)
    assert build(found, device="meta").parameter_count() == 1024**2
