"""Files of networks: they run without archwright and compute what the built module computes."""

from __future__ import annotations

import ast
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

import archwright as aw

from ...archwright.command import Command
from .layers import network
from .test_std import CASES

torch = pytest.importorskip("torch")

from archwright.kernels.networks.build import BuiltNetwork, build  # noqa: E402
from archwright.kernels.networks.formats import UnknownFormat, exported  # noqa: E402
from archwright.kernels.networks.source import plain_file  # noqa: E402

GALLERY = Path(__file__).parents[3] / "gallery"
LARGE = 200_000_000  # parameters; more are compared by shape alone

# A file of a network is run where `archwright` cannot be imported, on given weights and inputs.
ALONE = """
import runpy, sys, torch
sys.modules["archwright"] = None
torch.set_num_threads(1)
names = runpy.run_path(sys.argv[1])
net = names[sys.argv[2]]().eval()
net.load_state_dict(torch.load(sys.argv[3]))
with torch.no_grad():
    torch.save(net(*torch.load(sys.argv[4])), sys.argv[5])
"""


def defined(text: str) -> type:
    """The class of the network that a file defines: its last one."""
    names: dict[str, Any] = {"__name__": "file"}
    exec(compile(text, "net.py", "exec"), names)
    classes = [n.name for n in ast.parse(text).body if isinstance(n, ast.ClassDef)]
    found: type = names[classes[-1]]
    return found


def same(module: BuiltNetwork, device: str = "cpu") -> bool:
    """Whether the plain file has the state of the module, and its outputs."""
    text = plain_file(module.network, module.group)
    assert "archwright" not in text
    assert max(map(len, text.splitlines())) <= 110
    with torch.device(device):
        other = defined(text)().train(module.training)
    state = module.state_dict()
    assert {n: x.shape for n, x in state.items()} == {
        n: x.shape for n, x in other.state_dict().items()
    }
    if device == "meta":
        return True
    other.load_state_dict(state)
    given = module.example_inputs(batch=2)
    with torch.no_grad():
        return bool(torch.equal(module(*given), other(*given)))


@pytest.mark.parametrize(("shape", "call"), CASES, ids=[call for _, call in CASES])
def test_every_layer_as_a_plain_file(shape: str, call: str) -> None:
    assert same(aw.build(network(shape, call)).eval())


def test_fake_quantised_layers_as_a_plain_file() -> None:
    calls = "mbconv(x, out = 6, k = 3, expand = 4, se = true, weight_bits = 4, act_bits = 6)"
    assert same(aw.build(network("6, 8, 8", calls)).eval())


SMALL = ["vit/tiny", "mobilenet/v3", "nats_bench/size", "apq/space", "resnet/cifar"]


@pytest.mark.parametrize("path", SMALL)
def test_networks_of_the_gallery_as_plain_files(path: str) -> None:
    architecture = aw.load(GALLERY / f"{path}.arch").bind().solve().architecture
    assert architecture is not None
    assert same(aw.build(architecture).eval())


@pytest.mark.slow
@pytest.mark.parametrize("path", sorted(GALLERY.rglob("*.arch")), ids=lambda p: p.stem)
def test_every_network_of_the_gallery(path: Path) -> None:
    architecture = aw.load(path).bind().solve(time_limit=30).architecture
    if architecture is None:
        pytest.skip("nothing was found in time")
    for found in architecture.networks.values():
        large = sum(int(leaf.costs.get("params", 0)) for leaf in found.leaves) > LARGE
        device = "meta" if large else "cpu"
        assert same(build(found, device).eval(), device)


def test_a_file_runs_where_archwright_is_not(tmp_path: Path) -> None:
    architecture = network("6, 8, 8", "mbconv(x, out = 6, k = 3, expand = 4, se = true)")
    module = aw.build(architecture).eval()
    source, weights, given, out = (tmp_path / n for n in ("net.py", "net.pt", "in.pt", "out.pt"))
    aw.export(module, source, weights=weights)
    inputs = module.example_inputs(3)
    torch.save(inputs, given)
    script = tmp_path / "alone.py"
    script.write_text(ALONE)
    command = [sys.executable, str(script), str(source), "Net", str(weights), str(given), str(out)]
    subprocess.run(command, check=True, cwd=tmp_path)
    with torch.no_grad():
        assert torch.allclose(torch.load(out), module(*inputs), atol=1e-6)


def test_blocks_that_differ_in_numbers_share_a_class() -> None:
    text = """arch 1
import std.nn as nn
network net(x: tensor[3, 16, 16]) {
  x = nn.conv(x, out = 8, k = 3) as stem
  for b in 1 .. 5 {
    x = nn.mbconv(x, out = 8, k = if b > 3 then 5 else 3, expand = b + 1) as block[b]
  }
  for b in 1 .. 4 { x = nn.mbconv(x, out = 8, k = 3, expand = 2) as late[b] }
  return x
}"""
    architecture = aw.loads(text).bind().solve().architecture
    assert architecture is not None
    module = aw.build(architecture)
    written = plain_file(module.network, module.group)
    assert written.count("class Block") == 1
    assert "for i in range(1, 5)" in written
    assert "block.3.widen.conv.weight" in module.state_dict()
    assert [n for n, _ in module.named_children()] == ["stem", "block", "late"]
    assert same(module.eval())


def test_exported_programs_take_any_batch_and_keep_outputs(tmp_path: Path) -> None:
    module = aw.build(network("5, 12", "mixture(x, hidden = 5, experts = 4, active = 2)")).eval()
    aw.export(module, tmp_path / "net.pt2")
    program = torch.export.load(tmp_path / "net.pt2").module()
    for batch in (1, 5):
        inputs = module.example_inputs(batch)
        with torch.no_grad():
            assert torch.allclose(program(*inputs), module(*inputs), atol=1e-6)


@pytest.mark.slow
@pytest.mark.parametrize(("shape", "call"), CASES, ids=[call for _, call in CASES])
def test_every_layer_as_an_exported_program(shape: str, call: str) -> None:
    module = aw.build(network(shape, call)).eval()
    program = exported(module).module()
    for batch in (1, 5):
        inputs = module.example_inputs(batch)
        with torch.no_grad():
            assert torch.allclose(program(*inputs), module(*inputs), atol=1e-6)


@pytest.mark.slow
@pytest.mark.skipif(
    any(find_spec(n) is None for n in ("onnx", "onnxscript", "onnxruntime")),
    reason="onnx, onnxscript or onnxruntime is missing",
)
@pytest.mark.parametrize("path", ["mobilenet/v3", "vit/tiny", "apq/space"])
def test_onnx_files_keep_outputs(path: str, tmp_path: Path) -> None:
    import onnxruntime

    architecture = aw.load(GALLERY / f"{path}.arch").bind().solve().architecture
    assert architecture is not None
    module = aw.build(architecture).eval()
    aw.export(module, tmp_path / "net.onnx")
    session = onnxruntime.InferenceSession(tmp_path / "net.onnx")
    inputs = module.example_inputs(2)
    (found,) = session.run(
        None, {i.name: x.numpy() for i, x in zip(session.get_inputs(), inputs, strict=True)}
    )
    with torch.no_grad():
        assert torch.allclose(torch.from_numpy(found), module(*inputs), atol=1e-4)


def test_a_state_dict_goes_round(tmp_path: Path) -> None:
    architecture = network("6, 8, 8", "mbconv(x, out = 6, k = 3, expand = 4, se = true)")
    one, other = aw.build(architecture).eval(), aw.build(architecture).eval()
    torch.save(one.state_dict(), tmp_path / "net.pt")
    other.load_state_dict(torch.load(tmp_path / "net.pt"))
    inputs = one.example_inputs(2)
    with torch.no_grad():
        assert torch.equal(one(*inputs), other(*inputs))


def test_endings_and_paths_that_cannot_be_written_are_told(tmp_path: Path) -> None:
    architecture = network("6, 8, 8", "conv(x, out = 4)")
    with pytest.raises(UnknownFormat, match=r"found \.tf"):
        aw.export(architecture, tmp_path / "net.tf")
    with pytest.raises(UnknownFormat, match=r"found none"):
        aw.export(architecture, tmp_path / "net")
    with pytest.raises(aw.ArchError) as raised:
        aw.export(architecture, tmp_path / "nowhere" / "net.py")
    assert raised.value.diagnostics[0].slug == "file-unwritable"


def test_a_file_that_is_there_is_replaced_and_a_folder_is_not(tmp_path: Path) -> None:
    architecture = network("6, 8, 8", "conv(x, out = 4)")
    file, folder = tmp_path / "net.py", tmp_path / "folder.py"
    file.write_text("something else")
    folder.mkdir()
    aw.export(architecture, file, weights=tmp_path / "net.pt")
    assert "class Net" in file.read_text()
    for to, weights in ((folder, None), (tmp_path / "other.py", tmp_path / "nowhere" / "net.pt")):
        with pytest.raises(aw.ArchError) as raised:
            aw.export(architecture, to, weights=weights)
        assert raised.value.diagnostics[0].slug == "file-unwritable"


TO = {"build": ("--out", "net.pt"), "export": ("--to", "net.py")}
SPECS = sorted(str(path.relative_to(GALLERY)) for path in GALLERY.rglob("*.arch"))


@pytest.mark.slow
@pytest.mark.parametrize("name", SPECS)
def test_commands_on_every_spec_of_the_gallery(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each writes its file, or says which network to name, that there is none, or no room."""
    command = Command(monkeypatch, capsys)
    for doing, (option, file) in TO.items():
        outcome = command(doing, "-q", GALLERY / name, option, tmp_path / file)
        if outcome.code == 0:
            assert (tmp_path / file).stat().st_size > 100
        elif outcome.err.startswith("no-room: "):
            assert (doing, outcome.code) == ("build", 1) and "at hand" in outcome.err
        else:
            assert outcome.code == 2 and outcome.err.startswith("no-network: ")
            several = "several networks" in outcome.err
            assert ("`--network" if several else "`archwright solve`") in outcome.err
