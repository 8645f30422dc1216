"""What was counted is what is built: parameters and multiply-accumulates equal to the unit."""

from __future__ import annotations

from pathlib import Path

import pytest

import archwright as aw

torch = pytest.importorskip("torch")

GALLERY = Path(__file__).parents[3] / "gallery"
SPECS = Path(__file__).parents[2] / "specs"

# The network that Single-Path NAS published, layer by layer; its totals were checked by building it
# with two other libraries (4_421_616 parameters, 333_467_072 MACs).
PUBLISHED = [
    ["k3e3", "k3e3", "k3e3", "skip"],
    ["k5e6", "k3e3", "k3e3", "k3e3"],
    ["k5e6", "k3e3", "k3e3", "k3e3"],
    ["k5e6", "k5e3", "k5e3", "k5e3"],
    ["k5e6", "k5e6", "k5e6", "k5e6"],
]


def published() -> dict[str, object]:
    choices: dict[str, object] = {}
    for s, stage in enumerate(PUBLISHED, 1):
        for b, block in enumerate(stage, 1):
            if b > 1:
                choices[f"skip[{s}, {b}]"] = block == "skip"
            if block != "skip":
                choices[f"k[{s}, {b}]"] = int(block[1])
                choices[f"e[{s}, {b}]"] = int(block[3])
    return choices


@pytest.fixture(scope="module")
def phone() -> aw.Bound:
    return aw.load(GALLERY / "single_path_nas" / "pixel1.arch").bind(deadline="81 ms")


def test_the_published_network(phone: aw.Bound) -> None:
    a = phone.solve(published())
    assert a.architecture is not None
    assert str(a.values["time"]) == "80.4411 ms"
    net = aw.build(a.architecture)
    assert net.parameter_count() == a.values["params"] == 4_421_616
    assert net.mac_count() == int(a.values["macs"]) == 333_467_072  # type: ignore[arg-type]


def test_the_best_network_runs(phone: aw.Bound) -> None:
    a = aw.load(GALLERY / "single_path_nas" / "pixel1.arch").bind(deadline="80 ms").solve()
    assert a.architecture is not None
    net = aw.build(a.architecture).eval()
    assert net.parameter_count() == a.values["params"]
    assert net.mac_count() == 351_817_376
    (image,) = net.example_inputs(batch=2)
    with torch.no_grad():
        out = net(image)
    assert out.shape == (2, 1000, 1, 1)
    assert torch.isfinite(out).all()
    (layer,) = [m for m in a.architecture.networks["mobile"].leaves if m.label == "head"]
    assert layer.shape == (1000, 1, 1)


@pytest.mark.parametrize(
    ("name", "choices", "parameters", "macs"),
    [
        ("ofa_mobile", {"res": 224, "depth": 4, "k": 7, "e": 6}, 10_701_632, 843_101_040),
        ("ofa_mobile", {"res": 224, "depth": 2, "k": 3, "e": 3}, 4_602_456, 193_078_200),
    ],
)
def test_networks_with_squeeze_and_excite(
    name: str, choices: dict[str, object], parameters: int, macs: int
) -> None:
    p = aw.load(SPECS / f"{name}.arch").bind()
    a = p.solve(choices, without=["within_deadline"])
    assert a.architecture is not None
    net = aw.build(a.architecture).eval()
    assert net.parameter_count() == parameters
    assert net.mac_count() == macs


def test_a_cell_with_choices_of_operator_runs() -> None:
    p = aw.load(SPECS / "darts_cell.arch").bind()
    kinds = {"max_pool", "mean_pool", "skip", "sep_3", "dil_5"}
    for kind in sorted(kinds):
        edges = {f"edge[{j}, {i}]": i < 2 for j in range(2, 6) for i in range(j)}
        a = p.solve({**edges, "kind": kind})
        assert a.architecture is not None
        net = aw.build(a.architecture).eval()
        with torch.no_grad():
            out = net(*net.example_inputs())
        assert out.shape[1:] == (64, 32, 32)
        assert net.mac_count() == int(a.goals["capacity"])  # type: ignore[arg-type]


def test_an_op_without_builder_is_told() -> None:
    spec = aw.loads("""arch 1
op odd(x: tensor[C]) -> tensor[C] { let macs = C * 1 MAC }
space s { width: {4, 8} }
network net(x: tensor[width]) { return odd(x) }
maximize sum(l.macs for l in net.layers) as macs
""")
    a = spec.bind().solve()
    assert a.architecture is not None
    with pytest.raises(aw.ArchError) as raised:
        aw.build(a.architecture)
    assert raised.value.diagnostics[0].slug == "no-builder"
