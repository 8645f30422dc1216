"""The networks that are solved for microcontrollers, run in 8 bits within their memory."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import archwright as aw

torch = pytest.importorskip("torch")
pytest.importorskip("numba")

from archwright.kernels.measure import small_run  # noqa: E402

SPEC = Path(__file__).parent.parent / "gallery" / "mcunet" / "space.arch"
OWN = 2560  # bytes that Python and the tracer take beside tensors, at most
SMALL = {"sram_limit": "64 KiB", "flash_limit": "128 KiB"}


def solved(fixed: dict[str, Any] | None = None, **inputs: str) -> Any:
    answer = aw.load(SPEC).bind(**inputs).solve(fixed or {}, progress=False)
    assert answer.status == "optimal"
    return answer


def in_eight_bits(answer: Any, module: Any, x: Any) -> tuple[Any, Any]:
    """The run as a microcontroller does it, and its output as numbers."""
    network = answer.architecture.networks["net"]
    weights = small_run.weights_of(module)
    steps = small_run.steps_of(network, weights, x.numpy())
    found = small_run.run(network, weights, x.numpy(), steps)
    return found, torch.tensor(found.output.astype("float64") * steps[network.output])


@pytest.mark.slow
@pytest.mark.parametrize("target", ["f412", "f746", "h743"])
def test_the_traced_peak_is_that_of_the_model(target: str) -> None:
    answer = solved(target=target)
    module = aw.build(answer.architecture, bits="float").eval()
    found, _ = in_eight_bits(answer, module, module.example_inputs()[0][0])
    assert found.modelled_peak == answer.values["memory"].to("B")
    assert found.modelled_peak <= found.peak <= found.modelled_peak + OWN


@pytest.mark.slow
def test_a_trained_network_keeps_its_answers_in_eight_bits() -> None:
    answer = solved({"resolution": 80}, **SMALL)
    torch.manual_seed(0)
    module = aw.build(answer.architecture, bits="float")
    noise = torch.Generator().manual_seed(1)
    things = torch.nn.functional.interpolate(torch.randn(10, 3, 10, 10, generator=noise), size=80)

    def shown(count: int) -> tuple[Any, Any]:
        kinds = torch.randint(10, (count,), generator=noise)
        return things[kinds] + torch.randn(count, 3, 80, 80, generator=noise), kinds

    steps = torch.optim.SGD(module.parameters(), lr=0.05, momentum=0.9)
    for _ in range(40):
        x, kinds = shown(32)
        loss = torch.nn.functional.cross_entropy(module(x).flatten(1), kinds)
        steps.zero_grad()
        loss.backward()
        steps.step()
    for norm in module.modules():
        if isinstance(norm, torch.nn.BatchNorm2d):
            norm.reset_running_stats()
            norm.momentum = None
    with torch.no_grad():
        for _ in range(4):
            module(shown(32)[0])
        module.eval()
        x, kinds = shown(256)
        floats = module(x).flatten(1)
        integers = aw.int8(module, x[:64])(x).flatten(1)
    right = (floats.argmax(1) == kinds).double().mean()
    assert right > 0.9
    assert (integers.argmax(1) == floats.argmax(1)).double().mean() > 0.95
    found, output = in_eight_bits(answer, module, x[0])
    assert found.modelled_peak <= found.peak <= found.modelled_peak + OWN
    assert int(output.argmax()) == int(floats[0].argmax())
