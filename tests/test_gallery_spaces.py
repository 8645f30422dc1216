"""The gallery's search spaces: small copies against brute force, and drawn networks that run.

The sizes themselves are `expect` lines of the specs. Here their texts are shrunk (fewer stages,
layers and values) until everything can be tried with the evaluator alone, which shares nothing with
lowering and solvers, and the two counts are compared.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import comb
from pathlib import Path
from typing import Any

import pytest

import archwright as aw
from archwright.dsl.load import loads
from archwright.interpreter.bind import bind
from archwright.interpreter.brute import BruteForce

GALLERY = Path(__file__).parent.parent / "gallery"


@dataclass(frozen=True)
class Copy:
    """A shrunk spec.

    Parameters
    ----------
    spec : str
        Folder and name of the spec.
    count : int
        How many solutions the copy has, worked out by hand.
    texts : mapping
        What is replaced by what; each must occur.
    parameters : mapping
    without : str
        A constraint that is dropped.
    """

    spec: str
    count: int
    texts: Mapping[str, str] = field(default_factory=dict)
    parameters: Mapping[str, Any] = field(default_factory=dict)
    without: str = ""

    def __str__(self) -> str:
        return "-".join([self.spec, *map(str, self.parameters.values())])

    def text(self) -> str:
        """The shrunk text, without its `expect` lines."""
        text = (GALLERY / f"{self.spec}.arch").read_text().partition("\nexpect ")[0] + "\n"
        for old, new in self.texts.items():
            assert old in text, old
            text = text.replace(old, new)
        return text


OFA = {
    "1 .. 5": "1 .. 2",
    "1 .. 4": "1 .. 2",
    "2 .. 4": "1 .. 2",
    "128 .. 224": "128 .. 132",
    "{3, 5, 7}": "{3, 5}",
    "{3, 4, 6}": "{3}",
}
RESNET = {
    "1 .. 4": "1 .. 1",
    "1 .. 6": "1 .. 3",
    "{0.65, 0.8, 1}": "{0.65, 1}",
    "{0.2, 0.25, 0.35}": "{0.2, 0.35}",
    "0 .. 2\n  expand": "0 .. 1\n  expand",
}
WIDTHS = {
    "1 .. 3": "1 .. 2",
    "0.3 .. 1 step 0.1": "0.5 .. 1 step 0.5",
    "{3, 5, 9, 18} = 3": "{2} = 2",
}
APQ = {"1 .. 6": "1 .. 1", "step 8": "step 24", "{3, 5, 7}": "{3, 7}", "{4, 6, 8}": "{4, 8}"}
BERT = {
    "1 .. 12": "1 .. 2",
    "6 .. 12": "1 .. 2",
    "{6, 8, 10, 12}": "{6, 8}",
    "{1024, 2048, 3072}": "{1024, 3072}",
}
TRANSLATION = {"1 .. 6": "1 .. 2", "{1024, 2048, 3072}": "{1024}", "1 .. 3 ": "1 .. 2 "}
RECIPE = {
    "in 1 .. 3": "in 1 .. 1",
    "0.016 .. 0.03": "0.016 .. 0.018",
    "{0.00001, 0.000014, 0.00002}": "{0.00001}",
    "0.1 .. 0.3": "0.1 .. 0.15",
    "0 .. 0.4 step 0.1": "0 .. 0",
}
COPIES = [
    Copy("once_for_all/space", 2 * (2 + 4) ** 2, OFA),
    Copy("once_for_all/space", 2 * 2**2 * 4**2, OFA, {"raw": True}),
    Copy("once_for_all/resnet50", 3 * 2**3 * (4 + 8), RESNET),
    Copy("once_for_all/resnet50", 3 * 2**3 * 2 * 16, RESNET, {"raw": True}),
    Copy("proxylessnas/space", 2 * 3**3, {"1 .. 6": "1 .. 1", "{3, 5, 7}": "{3}"}),
    Copy("fbnet/space", 9**2, {"1 .. 22": "1 .. 2"}, without="within_macs"),
    Copy("darts/cell", 49, {"2 .. 5": "2 .. 2"}),
    Copy("darts/cell", 4 * 12, {"2 .. 5": "2 .. 3", ": ops.Op": ": {ops.skip, ops.dil_5}"}),
    Copy("nas_bench_201/space", 2**6, {": Op\n": ": {none, conv_1}\n"}, {"cells": 1}),
    # paths 0-3, 0-1-3, 0-2-3, 0-1-2-3: 32 + 15 of the 64 sets of edges hold one
    Copy(
        "nas_bench_201/space",
        32 + 15,
        {": Op\n": ": {none, skip}\n"},
        {"cells": 1, "connected": True},
    ),
    Copy("nats_bench/size", 2**5, {"8 .. 64": "8 .. 16"}),
    Copy(
        "attentive_nas/space",
        2**4 * 2 * 3 * 3,
        {
            "1 .. 7": "1 .. 2",
            "width[7]": "width[2]",
            "{192, 224, 256, 288}": "{192}",
            "{3, 5}": "{3}",
        },
    ),
    Copy("tas/resnet", 2 * (4 + 16) ** 2, WIDTHS),
    Copy("tas/resnet", 2 * 4 * 16**2, WIDTHS, {"raw": True}),
    Copy("apq/space", 4 * (6 + 6**2), {**APQ, "2 .. 4": "2 .. 3"}, {"quantised": False}),
    Copy("apq/space", 2 * (16 + 8), {**APQ, "2 .. 4": "1 .. 1"}),
    Copy("balanced_mixture/pooling", comb(6, 3), {}, {"blocks": 7, "parts": 4}),
    Copy("mpcvit/heads", comb(6, 2), {}, {"layers": 2, "heads": 3, "kept": 2}),
    Copy("mcunet/outer", 108),
    Copy("paretopipe/splits", comb(7, 3), {}, {"blocks": 8, "devices": 4}),
    Copy("dynas_t/bert", 4 + 16, BERT),
    Copy("dynas_t/bert", 2 * 16, BERT, {"raw": True}),
    Copy(
        "dynas_t/bert",
        4 * 2**3,
        {
            **BERT,
            "{6, 8, 10, 12}": "{6}",
            "{1024, 2048, 3072}": "{1024}",
            "6 .. 12": "1 .. 1",
            "map in Map]": "map in {Map.query, Map.widen, Map.narrow}]",
            "map in Map where": "map in {Map.query, Map.widen, Map.narrow} where",
        },
        {"quantised": True},
    ),
    Copy("dynas_t/translation", 4 * 2**2 * (8 + 64), TRANSLATION, {"raw": False}),
    Copy("fbnet_v3/joint", 3 * 3 * 6 * (2 * 2 * 2 * 2), RECIPE, {"longest": 100}, "within_macs"),
]


@pytest.mark.parametrize("copy", COPIES, ids=str)
def test_small_copies_count_as_by_brute_force(copy: Copy) -> None:
    folder = (GALLERY / copy.spec).parent
    without = (copy.without,) if copy.without else ()
    found = aw.loads(copy.text(), folder=folder).bind(**copy.parameters).count(without=without)
    assert found == copy.count
    spec = loads(copy.text(), "copy.arch", folder)
    assert BruteForce(bind(spec, copy.parameters)).count((), without) == found


def _large(name: str, fixed: Mapping[str, object] | None = None) -> Any:
    return pytest.param(name, fixed or {}, id=name, marks=pytest.mark.slow)


NETWORKS = [
    pytest.param("once_for_all/space", {"res": 128, "depth": 2}, id="once_for_all/space"),
    pytest.param("fbnet/space", {}, id="fbnet/space"),
    pytest.param("darts/cell", {}, id="darts/cell"),
    pytest.param("nas_bench_201/space", {}, id="nas_bench_201/space"),
    pytest.param("nats_bench/size", {}, id="nats_bench/size"),
    pytest.param("tas/resnet", {}, id="tas/resnet"),
    pytest.param("fbnet_v3/joint", {}, id="fbnet_v3/joint"),
    _large("once_for_all/resnet50"),
    _large("proxylessnas/space"),
    _large("darts/space"),
    _large("attentive_nas/space", {"res": 192}),
    _large("apq/space"),
    _large("dynas_t/bert"),
    _large("dynas_t/vit"),
]


@pytest.mark.parametrize(("name", "fixed"), NETWORKS)
def test_a_drawn_network_runs_and_is_what_was_counted(
    name: str, fixed: Mapping[str, object]
) -> None:
    bound = aw.load(GALLERY / f"{name}.arch").bind()
    (drawn,) = bound.sample(1, 7, fixed)
    answer = bound.solve(drawn)
    assert answer.architecture is not None
    built = aw.build(answer.architecture).eval()
    values = answer.values
    if "params" in values:
        assert built.parameter_count() == values["params"]
    macs = int(values["macs"]) + int(values.get("pair_macs", 0))  # torch counts both
    assert built.mac_count() == macs  # by running it
