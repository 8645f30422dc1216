"""Recurrences in heads as torch modules, against the reference of the cells."""

from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from archwright.kernels.cells.standard import CELLS  # noqa: E402
from archwright.kernels.networks.recurrent import HEADWISE, Headwise  # noqa: E402
from archwright.kernels.recurrent import reference  # noqa: E402


@pytest.mark.parametrize("name", CELLS)
def test_states_are_those_of_the_reference(name: str) -> None:
    cell = CELLS[name]
    assert HEADWISE[name] == (len(cell.gates), len(cell.given), len(cell.recurring))
    wx, weights, bias, start = reference.example(cell, batch=3, steps=5, heads=2, units=4)
    module = Headwise(name, heads=2, units=4).double()
    with torch.no_grad():
        module.R.copy_(torch.from_numpy(weights))
        module.b.copy_(torch.from_numpy(bias))
        (found,) = module(torch.from_numpy(wx).double()[None])
    expected = reference.states(cell, wx, weights, bias, np.zeros_like(start))
    assert np.abs(found.numpy() - expected).max() < 1e-12
