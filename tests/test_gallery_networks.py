"""The published networks of the gallery, layer by layer against other implementations, and built.

`data/networks.json` holds what those implementations list: parameters and multiply-accumulates of
every convolution and linear layer.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import archwright as aw

torch = pytest.importorskip("torch")

HERE = Path(__file__).parent
REFERENCE: dict[str, Any] = json.loads((HERE / "data" / "networks.json").read_text())["networks"]

SPECS: dict[str, tuple[str, dict[str, object]]] = {
    "mobilenet_v2_1.0": ("mobilenet/v2", {}),
    "mobilenet_v3_large_1.0": ("mobilenet/v3", {"size": "large"}),
    "mobilenet_v3_small_1.0": ("mobilenet/v3", {"size": "small"}),
    "proxylessnas_mobile": ("proxylessnas/imagenet", {"target": "mobile"}),
    "proxylessnas_cpu": ("proxylessnas/imagenet", {"target": "cpu"}),
    "proxylessnas_gpu": ("proxylessnas/imagenet", {"target": "gpu"}),
    "proxylessnas_mobile_14": ("proxylessnas/imagenet", {"target": "mobile_14"}),
    "fbnet_a": ("fbnet/imagenet", {"net": "a"}),
    "fbnet_b": ("fbnet/imagenet", {"net": "b"}),
    "fbnet_c": ("fbnet/imagenet", {"net": "c"}),
    "resnet18": ("resnet/imagenet", {"layers": 18}),
    "resnet50": ("resnet/imagenet", {"layers": 50}),
    "resnet20_cifar10": ("resnet/cifar", {"layers": 20}),
    "mcunet_320kb_1mb_imagenet": ("mcunet/net_320kb", {}),
    "single_path_nas_spnasnet_100": ("single_path_nas/spnasnet", {}),
    "simplenet_v1_cifar_5m": ("simplenet/v1", {}),
}
SMALL = ["resnet20_cifar10", "mcunet_320kb_1mb_imagenet", "simplenet_v1_cifar_5m", "fbnet_a"]


# Networks whose totals are known from the authors' own modules, without a list of layers.
TOTALS: list[tuple[str, dict[str, object], int, int]] = [
    ("darts/cifar", {"genotype": "darts_v1"}, 3_169_414, 500_987_520),
    ("darts/cifar", {"genotype": "darts_v2"}, 3_349_342, 528_359_040),
    ("darts/cifar", {"genotype": "pc_darts"}, 3_634_678, 556_670_592),
    ("darts/imagenet", {"genotype": "darts_v2"}, 4_718_752, 529_911_552),
    ("darts/imagenet", {"genotype": "pc_darts_imagenet"}, 5_342_464, 581_627_328),
]
# This one lists the projection of a block before its other two layers, which run first here.
REORDERED = ["resnet20_cifar10"]


def solved(path: str, parameters: dict[str, object]) -> aw.Architecture:
    answer = aw.load(HERE.parent / "gallery" / f"{path}.arch").bind(**parameters).solve()
    assert answer.architecture is not None
    return answer.architecture


@cache
def architecture(name: str) -> aw.Architecture:
    return solved(*SPECS[name])


def test_every_reference_has_its_spec() -> None:
    assert SPECS.keys() == REFERENCE.keys()


@pytest.mark.parametrize("name", SPECS)
def test_layer_by_layer(name: str) -> None:
    (network,) = architecture(name).networks.values()
    counted = [
        [int(leaf.costs["params"]), int(leaf.costs["macs"])]
        for leaf in network.leaves
        if "macs" in leaf.costs
    ]
    wanted = REFERENCE[name]["layers"]
    if name in REORDERED:
        counted, wanted = sorted(counted), sorted(wanted)
    assert counted == wanted
    assert sum(params for params, _ in counted) == REFERENCE[name]["params"]
    assert sum(macs for _, macs in counted) == REFERENCE[name]["macs"]


@pytest.mark.parametrize("name", SPECS)
def test_built(name: str) -> None:
    module = aw.build(architecture(name), device="meta")
    assert module.parameter_count() == REFERENCE[name]["params"]
    assert module.mac_count() == REFERENCE[name]["macs"]


@pytest.mark.parametrize(("path", "parameters", "params", "macs"), TOTALS)
def test_built_without_a_list(
    path: str, parameters: dict[str, object], params: int, macs: int
) -> None:
    module = aw.build(solved(path, parameters), device="meta")
    assert module.parameter_count() == params
    assert module.mac_count() == macs


@pytest.mark.parametrize("name", SMALL)
def test_runs(name: str) -> None:
    module = aw.build(architecture(name)).eval()
    (image,) = module.example_inputs(batch=2)
    with torch.no_grad():
        out = module(image)
    (network,) = architecture(name).networks.values()
    assert out.shape == (2, *network.leaves[-1].shape)
    assert torch.isfinite(out).all()


def test_a_network_of_an_import_is_meant_where_the_file_has_none(tmp_path: Path) -> None:
    net = "network {}(x: tensor[{}, 8, 8]) {{ return nn.conv(x, out = 8) }}\n"
    (tmp_path / "part.arch").write_text("arch 1\nimport std.nn as nn\n" + net.format("inner", 3))
    head = 'arch 1\nimport std.nn as nn\nimport "part.arch" as part\n'
    (tmp_path / "user.arch").write_text(head)
    (tmp_path / "owner.arch").write_text(head + net.format("outer", 4))

    user = aw.load(tmp_path / "user.arch").bind().solve().architecture
    assert user is not None
    assert list(user.networks) == ["part.inner"]
    assert aw.build(user).network.name == "part.inner"

    owner = aw.load(tmp_path / "owner.arch").bind().solve().architecture
    assert owner is not None
    assert list(owner.networks) == ["outer", "part.inner"]
    assert aw.build(owner).network.name == "outer"
    assert aw.build(owner, "part.inner").network.name == "part.inner"
