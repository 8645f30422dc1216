"""A cover holds exactly the layers that the solutions of a space have."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

import archwright as aw
from archwright.interpreter.evaluate import Evaluation
from archwright.kernels.measure.cover import cover, key
from archwright.kernels.measure.options import options
from archwright.solvers.sampling import EmptySpace

SPACES = {
    "kernels and depth": """
        arch 1
        import std.nn as nn
        space s {
          depth:          1 .. 3
          k[b in 1 .. 3]: {1, 3, 5} when b <= depth
          e[b in 1 .. 3]: {1, 2}    when b <= depth
        }
        network net(x: tensor[3, 8, 8]) {
          x = nn.conv(x, out = 8, stride = 2) as stem
          for b in 1 .. 3 when b <= depth {
            x = nn.mbconv(x, out = 8, k = k[b], expand = e[b]) as block[b]
          }
          return nn.linear(nn.global_pool(x), out = 4)
        }
    """,
    "widths, of which each is read by the next": """
        arch 1
        import std.nn as nn
        space s {
          width[i in 1 .. 3]: {8, 16}
          side:               {8, 12}
        }
        require rising for i in 2 .. 3: width[i - 1] <= width[i]
        network net(x: tensor[3, side, side]) {
          for i in 1 .. 3 { x = nn.conv(x, out = width[i], k = 3) as layer[i] }
          return x
        }
    """,
    "ops that are choices": """
        arch 1
        import std.nn as nn
        enum Op { none, small, large }
        space s {
          op[i in 1 .. 2]: Op
          wide:            bool
        }
        network net(x: tensor[4, 8, 8]) {
          x = nn.conv(x, out = if wide then 8 else 4) as stem
          for i in 1 .. 2 {
            if op[i] == small { x = nn.conv(x, out = 8, k = 3) as edge[i] }
            else if op[i] == large { x = nn.conv(x, out = 8, k = 5) as edge[i] }
          }
          return nn.activate(x, act = nn.relu)
        }
    """,
}


def covered(text: str, name: str = "net", most: int = 2000, **fixed: object):
    model = aw.loads(text).bind().model
    return cover(model, name, model.instance(fixed), most)


def solutions(text: str, **fixed: object):
    """Every network of a space with its choices."""
    p = aw.loads(text).bind()
    for row in p.all(fixed or None):
        a = p.solve(row, any_solution=True).architecture
        yield row, a.networks["net"]


@pytest.mark.parametrize("text", SPACES.values(), ids=SPACES)
def test_a_cover_holds_the_layers_of_all_solutions(text: str) -> None:
    found = covered(text)
    every = {key(leaf) for _, network in solutions(text) for leaf in network.leaves}
    assert set(found.layers) == every and found.notes == []


@pytest.mark.parametrize("text", SPACES.values(), ids=SPACES)
def test_options_say_what_each_solution_takes(text: str) -> None:
    found = covered(text)
    times = {k: float(2**i) for i, k in enumerate(found.layers)}
    data, notes = options(found, times)
    assert notes == []
    for row, network in solutions(text):
        for family in {leaf.layer.partition("[")[0] for leaf in network.leaves}:
            leaves = [leaf for leaf in network.leaves if leaf.layer.partition("[")[0] == family]
            total = 0.0
            for label in {leaf.layer for leaf in leaves}:
                column = data[f"{family}_time"]
                where = dict(zip(column.dims, _cell(label, column, row), strict=True))
                total += float(column.sel(where))
            assert total == sum(times[key(leaf)] for leaf in leaves)


def _cell(label: str, column: Any, row: Mapping[str, object]) -> Iterator[object]:
    """The coordinates of a label under some choices, as the page of `options` says."""
    inside = label.partition("[")[2].rstrip("]")
    index = int(inside or 0)
    for dim in map(str, column.dims):
        name, before = dim.removesuffix("_before"), dim.endswith("_before")
        if dim in ("batch", "b", "i"):
            yield index or 1
        elif name in row:
            yield row[name]
        elif index:
            first = column[dim].values[0]  # the first layer has none before it: any will do
            yield row.get(f"{name}[{index - before}]", first)
        else:
            name, _, at = dim.rpartition("_")
            yield row[f"{name}[{at}]"]


def test_what_is_fixed_or_forbidden_is_not_covered() -> None:
    text = SPACES["kernels and depth"]
    some = covered(text, depth=2, k=3)
    every = {key(leaf) for _, network in solutions(text, depth=2, k=3) for leaf in network.leaves}
    assert set(some.layers) == every
    tight = text + "require thin: all(e[b] == 1 for b in 1 .. 3 where b <= depth)"
    assert not any("8x4x4; out=16" in k for k in covered(tight).layers)


def test_a_limit_of_layers_is_told() -> None:
    found = covered(SPACES["kernels and depth"], most=5)
    assert len(found.layers) >= 5 and "stopped at 5 distinct layers" in found.notes[0]


def test_an_empty_space_has_no_cover() -> None:
    text = SPACES["kernels and depth"] + "require never: depth > 2 and depth < 2"
    with pytest.raises(EmptySpace):
        covered(text)


def test_networks_of_an_import_are_covered() -> None:
    model = aw.load("gallery/proxylessnas/here.arch").bind().model
    found = cover(model, "net.mobile", model.instance({}), 2000)
    names = Evaluation(model.bound, {}).network_names
    assert names == ("net.mobile",) and len(found.layers) == 97
    data, _ = options(found, dict.fromkeys(found.layers, 1.0))
    assert data["block_time"].dims == ("s", "b", "k", "e")
