"""Each kind of network in each format that is written: outputs are those of the module."""

from __future__ import annotations

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

import archwright as aw

torch = pytest.importorskip("torch")

from archwright.kernels.networks.build import BuiltNetwork  # noqa: E402
from archwright.kernels.networks.formats import exported  # noqa: E402

KINDS = {
    "convolutions": """network net(x: tensor[3, 12, 12]) {
      x = nn.conv(x, out = 8, k = 3, stride = 2, act = nn.relu)
      for b in 1 .. 3 {
        y = nn.conv(x, out = 8, k = 3, groups = 2, act = nn.relu) as first[b]
        y = nn.conv(y, out = 8, k = 3)                              as second[b]
        y = nn.shuffle(y, groups = 4)
        x = nn.add(x, y, act = nn.relu)
      }
      x = nn.concat(nn.pool(x, k = 2, stride = 2), nn.conv(x, out = 4, k = 2, stride = 2))
      return nn.linear(nn.global_pool(x), out = 5)
    }""",
    "unpadded": """network net(x: tensor[3, 12, 12]) {
      for b in 1 .. 2 {
        x = nn.conv(x, out = 6, k = b + 1, stride = b, padded = false, act = nn.relu) as conv[b]
      }
      return nn.linear(nn.flatten(x), out = 5)
    }""",
    "inverted residuals": """network net(x: tensor[3, 12, 12]) {
      x = nn.conv(x, out = 8, k = 3, stride = 2, act = nn.hswish)
      for b in 1 .. 4 {
        x = nn.mbconv(x, out = 8, k = if b > 2 then 5 else 3, expand = b + 1, se = b > 1,
                      act = if b > 2 then nn.hswish else nn.relu6) as block[b]
      }
      return nn.linear(nn.global_pool(x), out = 5)
    }""",
    "vision transformer": """network net(x: tensor[3, 12, 12]) {
      x = nn.position(nn.class_token(nn.patch_embed(x, patch = 4, width = 12)))
      for b in 1 .. 3 { x = nn.transformer(x, heads = 3) as block[b] }
      return nn.linear(nn.read_out(nn.norm(x)), out = 5)
    }""",
    "recurrent stack": """network net(x: tensor[3]) {
      x = nn.embedding(x, vocabulary = 11, width = 6)
      x = nn.recurrent(x, hidden = 8, cell = nn.lstm, heads = 2, biases = 2)
      x = nn.recurrent(x, hidden = 6, cell = nn.gru)
      x = nn.recurrent(x, hidden = 8, cell = nn.slstm, heads = 4)
      x = nn.recurrent(x, hidden = 6, cell = nn.lstm, projection = 4)
      x = nn.recurrent(x, hidden = 6, cell = nn.elman)
      return nn.project(x, out = 11)
    }""",
    "mixture of experts": """network net(x: tensor[7]) {
      x = nn.embedding(x, vocabulary = 11, width = 8)
      for b in 1 .. 2 {
        x = sum(x, nn.mixture(nn.norm(x), hidden = 5, experts = 8, active = 3, groups = 4,
                              open_groups = 2, shared = 1, softmax = false, renormalise = true,
                              selection_bias = true, scaling = 2.5)) as block[b]
      }
      return nn.project(x, out = 11)
    }""",
    "mixed attention": """network net(x: tensor[4, 12]) {
      x = nn.transformer(x, heads = 6, kv_heads = 2, head = 4, gated = true, kind = nn.rms,
                         rotary = true)
      y = nn.norm(x)
      x = sum(x, nn.latent_attention(y, heads = 3, q_rank = 5, kv_rank = 4, nope = 6, rope = 2))
      x = sum(x, nn.recurrent(nn.norm(x), hidden = 12, cell = nn.lstm))
      x = sum(x, nn.attention(x, heads = 2, kv_heads = 1, causal = true))
      return nn.project(x, out = 5)
    }""",
    "few bits": """network net(x: tensor[3, 12, 12]) {
      x = nn.mbconv(x, out = 8, k = 3, mid = 12, se = true, weight_bits = 4, act_bits = 8)
      x = nn.transformer(nn.tokens(x), heads = 2, weight_bits = 8, act_bits = 6)
      return nn.linear(nn.read_out(x, token = nn.average), out = 5, weight_bits = 8, act_bits = 8)
    }""",
}

# Runs each file of a folder where `archwright` cannot be imported, on weights and inputs beside it.
ALONE = """
import pathlib, runpy, sys, torch
sys.modules["archwright"] = None
torch.set_num_threads(1)
for file in pathlib.Path(sys.argv[1]).glob("*.py"):
    net = runpy.run_path(file)["Net"]().eval()
    net.load_state_dict(torch.load(file.with_suffix(".pt")))
    with torch.no_grad():
        torch.save(net(*torch.load(file.with_suffix(".in"))), file.with_suffix(".out"))
    assert not [name for name in sys.modules if name.startswith("archwright.")]
"""


def built(kind: str) -> BuiltNetwork:
    """The network of a kind, all of its parameters and statistics other than at first."""
    found = aw.loads(f"arch 1\nimport std.nn as nn\n{KINDS[kind]}").bind().solve().architecture
    assert found is not None
    torch.manual_seed(0)
    module = aw.build(found).train()
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.add_(0.1 * torch.randn_like(parameter))
        module(*module.example_inputs(8, seed=2))  # statistics of batch norms
    return module.eval()


def near(found: Any, expected: Any) -> bool:
    assert found.shape == expected.shape and expected.std() > 1e-3
    return bool((found - expected).abs().max() <= 1e-5 * expected.abs().max())


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A plain file of each kind with its weights, inputs and what it made of them."""
    folder = tmp_path_factory.mktemp("files")
    for kind in KINDS:
        module = built(kind)
        aw.export(module, folder / f"{kind}.py", weights=folder / f"{kind}.pt")
        torch.save(module.example_inputs(3), folder / f"{kind}.in")
    subprocess.run([sys.executable, "-c", ALONE, str(folder)], check=True, cwd=folder)
    return folder


@pytest.mark.parametrize("kind", KINDS)
def test_plain_files_run_where_archwright_is_not(kind: str, files: Path) -> None:
    module = built(kind)
    with torch.no_grad():
        assert near(torch.load(files / f"{kind}.out"), module(*module.example_inputs(3)))
    assert "archwright" not in (files / f"{kind}.py").read_text()


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_exported_programs(kind: str) -> None:
    module = built(kind)
    program = exported(module).module()
    for batch in (1, 5):
        inputs = module.example_inputs(batch, seed=batch)
        with torch.no_grad():
            assert near(program(*inputs), module(*inputs))


@pytest.mark.slow
@pytest.mark.skipif(
    any(find_spec(name) is None for name in ("onnx", "onnxscript", "onnxruntime")),
    reason="onnx, onnxscript or onnxruntime is missing",
)
@pytest.mark.parametrize("kind", KINDS)
def test_onnx(kind: str, tmp_path: Path) -> None:
    import onnxruntime

    module = built(kind)
    aw.export(module, tmp_path / "net.onnx")
    session = onnxruntime.InferenceSession(tmp_path / "net.onnx")
    for batch in (1, 5):
        inputs = module.example_inputs(batch, seed=batch)
        given = {i.name: x.numpy() for i, x in zip(session.get_inputs(), inputs, strict=True)}
        (found,) = session.run(None, given)
        with torch.no_grad():
            assert near(torch.from_numpy(found), module(*inputs))


@pytest.mark.skipif(find_spec("safetensors") is None, reason="safetensors is missing")
@pytest.mark.parametrize("kind", ["inverted residuals", "recurrent stack", "few bits"])
def test_safetensors_go_round(kind: str, tmp_path: Path) -> None:
    from safetensors.torch import load_file

    module, other = built(kind), built(kind)
    aw.export(module, tmp_path / "net.py", weights=tmp_path / "net.safetensors")
    with torch.no_grad():
        for x in other.state_dict().values():
            x.zero_()
    other.load_state_dict(load_file(tmp_path / "net.safetensors"))
    inputs = module.example_inputs(2)
    with torch.no_grad():
        assert torch.equal(other(*inputs), module(*inputs))
