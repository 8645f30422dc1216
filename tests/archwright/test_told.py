"""What is told where something is to be built or run and cannot be."""

from __future__ import annotations

import importlib.util

import pytest

import archwright as aw

TWO = """
arch 1
import std.nn as nn
network one(x: tensor[3, 8, 8]) { return nn.conv(x, out = 3) }
network two(x: tensor[3, 8, 8]) { return nn.conv(x, out = 5) }
"""


def slug_of(text: str, network: str | None = None) -> str:
    architecture = aw.loads(text).bind().solve().architecture
    with pytest.raises(aw.ArchError) as caught:
        aw.build(architecture, network)
    return caught.value.diagnostics[0].slug


def test_which_network_is_to_be_built() -> None:
    if importlib.util.find_spec("torch") is None:
        pytest.skip("building needs torch")
    assert slug_of(TWO) == "no-network"
    assert slug_of(TWO, "three") == "no-network"
    assert slug_of("arch 1\nspace s { a: 1 .. 2 }") == "no-network"


def test_a_layer_that_nothing_builds() -> None:
    if importlib.util.find_spec("torch") is None:
        pytest.skip("building needs torch")
    text = """arch 1
    op own(x: tensor[C]) -> tensor[C] { let macs = C * 1 MAC }
    network net(x: tensor[3]) { return own(x) }"""
    assert slug_of(text) == "no-builder"


def test_building_without_torch(monkeypatch: pytest.MonkeyPatch) -> None:
    find = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name, *rest: None if name == "torch" else find(name)
    )
    assert slug_of(TWO, "one") == "needs-torch"
    architecture = aw.loads(TWO).bind().solve().architecture
    with pytest.raises(aw.ArchError, match=r"pip install 'archwright\[run\]'"):
        aw.build(architecture, "one")


def test_what_to_do_without_one_network() -> None:
    def told(text: str) -> str:
        architecture = aw.loads(text).bind().solve().architecture
        with pytest.raises(aw.ArchError) as caught:
            aw.build(architecture)
        return str(caught.value)

    assert "`--network one` picks one" in told(TWO)
    assert "`archwright solve`" in told("arch 1\nspace s { a: 1 .. 2 }")
