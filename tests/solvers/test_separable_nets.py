"""The diagram engine on published latency tables: figures that others computed exactly.

The exact blocks of `data/latency_tables.json` were computed by a separate dynamic program.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from archwright.solvers.answers import Status
from archwright.solvers.evaluate import evaluate, violated
from archwright.solvers.expressions import Expr
from archwright.solvers.instance import Instance
from archwright.solvers.problem import Problem
from archwright.solvers.separable import Separable, analyse

TABLES: dict[str, Any] = json.loads(
    (Path(__file__).parent / "data/latency_tables.json").read_text()
)
Chain = tuple[Problem, Expr, Expr]


def one_choice(table: dict[str, Any]) -> Chain:
    """One variable for each layer: its operator, or to skip it."""
    p = Problem()
    latency: list[Expr | int] = [table["fixed_latency"]]
    macs: list[Expr | int] = [table["fixed_macs"]]
    for i, layer in enumerate(table["layers"]):
        rows = list(layer["operators"].values()) + [[0, 0]] * layer["skip_allowed"]
        x = p.integer(f"op{i}", range(len(rows)))
        costs = p.table({(n,): tuple(row) for n, row in enumerate(rows)})
        latency.append(p.lookup(costs, [x], 0))
        macs.append(p.lookup(costs, [x], 1))
    return p, p.sum(latency), p.sum(macs)


def conditional(table: dict[str, Any]) -> Chain:
    """Whether a layer exists, then its kernel and expansion: families that depend on each other."""
    p = Problem()
    layers = table["layers"]
    rows = {
        (i, int(name[1]), int(name[3])): tuple(row)
        for i, layer in enumerate(layers)
        for name, row in layer["operators"].items()
    }
    costs = p.table(rows)
    kernels = sorted({k for _, k, _ in rows})
    on = [
        p.boolean(f"on[{i}]") if layer["skip_allowed"] else p.constant(1)
        for i, layer in enumerate(layers)
    ]
    k = [p.integer(f"k[{i}]", kernels) for i in range(len(layers))]
    e = [p.integer(f"e[{i}]", [3, 6]) for i in range(len(layers))]
    latency: list[Expr | int] = [table["fixed_latency"]]
    macs: list[Expr | int] = [table["fixed_macs"]]
    for i in range(len(layers)):
        p.require(on[i] | ((k[i] == kernels[0]) & (e[i] == 3)))
        latency.append(p.choose(on[i], p.lookup(costs, [i, k[i], e[i]], 0), 0))
        macs.append(on[i] * p.lookup(costs, [i, k[i], e[i]], 1))
    return p, p.sum(latency), p.sum(macs)


FORMS: list[Callable[[dict[str, Any]], Chain]] = [one_choice, conditional]
both_forms = pytest.mark.parametrize("form", FORMS)
both_tables = pytest.mark.parametrize("name", ["single_path_nas_pixel1", "proxylessnas_pixel1"])


def separable(problem: Problem, **question: Any) -> Separable:
    found = analyse(Instance.ask(problem, **question))
    assert isinstance(found, Separable)
    return found


@both_forms
@both_tables
def test_counts(name: str, form: Callable[[dict[str, Any]], Chain]) -> None:
    table = TABLES[name]
    p, _, _ = form(table)
    assert separable(p).count() == table["exact"]["total"]
    for limit, expected in table["exact"]["count_latency_le"].items():
        p, latency, _ = form(table)
        p.require(latency <= int(limit))
        assert separable(p).count() == expected


@both_forms
@both_tables
def test_most_macs_within_a_latency(name: str, form: Callable[[dict[str, Any]], Chain]) -> None:
    table = TABLES[name]
    for limit, expected in table["exact"]["max_macs_subject_to_latency"].items():
        p, latency, macs = form(table)
        p.require(latency <= int(limit))
        p.maximize(macs)
        p.minimize(latency)
        answer = separable(p).best()
        assert answer.status is Status.OPTIMAL
        assert answer.goals[0] == expected["macs"] == answer.proof.bound[0]  # type: ignore[index]
        assert answer.values is not None
        assert not violated(p, answer.values)
        assert tuple(evaluate(p, answer.values, [macs.node, latency.node])) == answer.goals


@both_forms
@both_tables
def test_fronts(name: str, form: Callable[[dict[str, Any]], Chain]) -> None:
    p, latency, macs = form(TABLES[name])
    p.minimize(latency)
    p.maximize(macs)
    found = separable(p).front()
    assert found.complete
    assert len(found.points) == TABLES[name]["exact"]["pareto_latency_vs_macs_points"]
    for point in found.points[::97]:
        assert tuple(evaluate(p, point.values, [latency.node, macs.node])) == point.goals
        assert not violated(p, point.values)


@both_forms
def test_counts_within_two_budgets(form: Callable[[dict[str, Any]], Chain]) -> None:
    table = TABLES["single_path_nas_pixel1"]
    for row in table["exact"]["count_two_constraints"]:
        p, latency, macs = form(table)
        p.require(latency <= row["latency_le"], "latency")
        p.require(macs <= row["macs_le"], "macs")
        assert separable(p).count() == row["count"]
        dropped = separable(p, without=["macs"]).count()
        assert dropped == table["exact"]["count_latency_le"].get(str(row["latency_le"]), dropped)


def test_nothing_is_fast_enough() -> None:
    table = TABLES["single_path_nas_pixel1"]
    p, latency, _ = conditional(table)
    p.require(latency <= table["exact"]["infeasible_example"]["latency_le"])
    assert separable(p).count() == 0
    assert separable(p).best().status is Status.INFEASIBLE


def once_for_all() -> Chain:
    """Five stages of elastic depth, kernels and expansions, and a resolution that scales them."""
    data = TABLES["ofa_note10"]
    p = Problem()
    costs = p.table({tuple(row[:5]): tuple(row[5:]) for row in data["rows"]})
    fixed = p.table({(int(res),): tuple(row) for res, row in data["fixed"].items()})
    res = p.integer("res", [160, 224])
    depth = [p.integer(f"depth[{s}]", range(2, 5)) for s in range(1, 6)]
    blocks = [(s, b) for s in range(1, 6) for b in range(1, 5)]
    k = {at: p.integer(f"k[{at[0]}, {at[1]}]", [3, 5, 7]) for at in blocks}
    e = {at: p.integer(f"e[{at[0]}, {at[1]}]", [3, 4, 6]) for at in blocks}
    totals: list[list[Expr | int]] = [[p.lookup(fixed, [res], c)] for c in (0, 1)]
    for s, b in blocks:
        active = depth[s - 1] >= b
        p.require(active | (k[s, b] == 3))
        p.require(active | (e[s, b] == 3))
        for column in (0, 1):
            cost = p.lookup(costs, [res, s, int(b == 1), k[s, b], e[s, b]], column)
            totals[column].append(p.choose(active, cost, 0))
    return p, p.sum(totals[0]), p.sum(totals[1])


def test_once_for_all_counts() -> None:
    exact = TABLES["ofa_note10"]["exact"]
    p, _, _ = once_for_all()
    assert separable(p).count() == 2 * 7371**5
    assert separable(p, fixed={0: 160}).count() == 7371**5
    for limit in ("20000", "30000", "40000", "60000"):
        p, latency, _ = once_for_all()
        p.require(latency <= int(limit))
        counts = {res: separable(p, fixed={0: int(res)}).count() for res in exact}
        assert counts == {res: exact[res]["count_latency_le"][limit] for res in exact}
        assert separable(p).count() == sum(counts.values())


def test_once_for_all_front_and_best() -> None:
    p, latency, macs = once_for_all()
    p.minimize(latency)
    p.maximize(macs)
    assert len(separable(p, fixed={0: 224}).front().points) == 2535
    assert len(separable(p, fixed={0: 160}).front().points) == 3391
    p, latency, macs = once_for_all()
    p.require(latency <= 30000)
    p.require(macs <= 900_000_000)
    p.maximize(macs)
    assert separable(p).best().goals == (358_318_944,)


def test_mixed_precision() -> None:
    """Weight and activation bits of six layers, tests/specs/mixed_precision.arch."""
    macs = [1_769_472, 9_437_184, 9_437_184, 9_437_184, 2_359_296, 1_280]
    weights = [432, 9216, 36864, 73728, 73728, 1280]
    weight_loss = [9100, 1700, 5200, 600, 3900, 500, 2300, 300, 2600, 200, 8000, 1200]
    act_loss = [30000, 2900, 8800, 900, 6100, 700, 4300, 400, 3700, 300, 9000, 1500]
    p = Problem()
    w = [p.integer(f"w[{i}]", [2, 4, 8]) for i in range(6)]
    a = [p.integer(f"a[{i}]", [2, 4, 8]) for i in range(6)]

    def loss(bits: Expr, i: int, losses: list[int]) -> Expr:
        rows = {(2,): (losses[2 * i],), (4,): (losses[2 * i + 1],), (8,): (0,)}
        return p.lookup(p.table(rows), [bits])

    p.require(p.sum(w, weights) <= 96 * 1024 * 8, "fits")
    for i in range(6):
        p.require(w[i] <= a[i], "multiplier")
        if i in (0, 5):
            p.require((w[i] == 8) & (a[i] == 8), "edges_8bit")
    assert separable(p, without=["fits"]).count() == 6**4
    assert separable(p).count() == 816
    p.minimize(p.sum(w, weights))
    p.minimize(p.sum([w[i] * a[i] for i in range(6)], macs))
    p.minimize(
        p.sum([loss(w[i], i, weight_loss) for i in range(6)])
        + p.sum([loss(a[i], i, act_loss) for i in range(6)])
    )
    found = separable(p).front()
    assert len(found.points) == 70
