"""Layers that are more than a torch module: what they compute."""

from __future__ import annotations

import pytest

import archwright as aw

torch = pytest.importorskip("torch")

from archwright.kernels.networks.build import BuiltNetwork  # noqa: E402


def built(body: str, channels: int = 4) -> BuiltNetwork:
    spec = aw.loads(
        f"arch 1\nimport std.nn as nn\nnetwork net(x: tensor[{channels}, 4, 4]) {{ {body} }}\n"
    )
    answer = spec.bind().solve()
    assert answer.architecture is not None
    return aw.build(answer.architecture).eval()


def test_an_activation_behind_a_sum_leaves_the_terms_as_they_are() -> None:
    x = torch.randn(2, 4, 4, 4)
    kept = x.clone()
    out = built("return nn.add(x, x, act = nn.relu)")(x)
    assert torch.equal(out, (2 * kept).relu())
    assert torch.equal(x, kept)
    alone = built("y = nn.add(x, act = nn.relu)\nreturn nn.concat(x, y)")(x)
    assert torch.equal(alone, torch.cat([kept, kept.relu()], 1))


def test_an_activation_by_itself_does_not_write_over_its_input() -> None:
    x = torch.randn(2, 4, 4, 4)
    kept = x.clone()
    out = built("y = nn.activate(x, act = nn.relu)\nreturn nn.concat(x, y)")(x)
    assert torch.equal(out, torch.cat([kept, kept.relu()], 1))


def test_shuffle_deals_channels_of_the_groups_out_in_turn() -> None:
    x = torch.randn(2, 4, 4, 4)
    assert torch.equal(built("return nn.shuffle(x, groups = 2)")(x), x[:, [0, 2, 1, 3]])


def test_windows_stay_inside_where_nothing_is_padded() -> None:
    x = torch.randn(2, 4, 4, 4)
    for arguments, options in (
        ("k = 3", {}),
        ("k = 2, stride = 2", {"stride": 2}),
        ("k = 2, dilation = 2", {"dilation": 2}),
    ):
        body = f"return nn.conv(x, out = 3, {arguments}, padded = false, norm = false)"
        module = built(body)
        weight = next(module.parameters())
        assert torch.equal(module(x), torch.nn.functional.conv2d(x, weight, **options))
    with pytest.raises(aw.ArchError, match="may not be 0"):
        built("return nn.conv(x, out = 3, k = 5, padded = false)")


def test_flatten_goes_row_by_row_and_channel_by_channel() -> None:
    x = torch.randn(2, 4, 4, 4)
    assert torch.equal(built("return nn.flatten(x)")(x), x.reshape(2, 64, 1, 1))


def test_crop_leaves_out_the_first_rows_and_columns() -> None:
    x = torch.randn(2, 4, 4, 4)
    assert torch.equal(built("return nn.crop(x, top = 1, left = 2)")(x), x[:, :, 1:, 2:])


def test_batch_norm_has_the_parameters_that_are_counted() -> None:
    module = built("return nn.batch_norm(x)")
    assert module.parameter_count() == 8
