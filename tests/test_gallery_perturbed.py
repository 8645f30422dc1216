"""Specs of the gallery with a table, a limit or a parameter changed, against plain computations.

What is compared with shares nothing with the project: no spec, no solver, no model of costs.
"""

from __future__ import annotations

import csv
import itertools
import math
from fractions import Fraction
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest

import archwright as aw

GALLERY = Path(__file__).parent.parent / "gallery"
SLOW = pytest.mark.slow


def mobile_rounded(value: Fraction) -> int:
    """Channels as mobile networks round them: multiples of 8, never 10 % below what was meant."""
    nearest = max(8, int(value + 4) // 8 * 8)
    return nearest + 8 if nearest < Fraction(9, 10) * value else nearest


def mcunet_by_hand(sram: int, flash: int) -> int:
    """The most work of an int8 MCUNet, by bounds for each outer setting and a merge of fronts."""
    stages = [(24, 2, 4), (40, 2, 4), (80, 2, 4), (96, 1, 4), (192, 2, 4), (320, 1, 1)]

    def bottleneck(
        cin: int, cout: int, mid: int, k: int, stride: int, side: int
    ) -> tuple[int, int, int]:
        """(bytes held, parameters, MACs), depthwise in place with one plane aside."""
        after = -(-side // stride)
        before, area = side * side, after * after
        kept = cin * before if stride == 1 and cin == cout else 0
        widened = mid != cin
        held = (cin + mid) * before if widened else 0
        held = max(held, kept + max(mid * before, mid * area) + area)
        held = max(held, kept + (mid + cout) * area, kept + cout * area)
        params = mid * k * k + 2 * mid + mid * cout + 2 * cout
        macs = mid * k * k * area + mid * cout * area
        if widened:
            params += cin * mid + 2 * mid
            macs += cin * mid * before
        return held, params, macs

    def merged(front: dict[int, int], options: list[tuple[int, int]]) -> dict[int, int]:
        sums: dict[int, int] = {}
        for params, macs in front.items():
            for more, work in options:
                if params + more <= flash:
                    sums[params + more] = max(sums.get(params + more, -1), macs + work)
        return pruned(sums)

    def pruned(sums: dict[int, int]) -> dict[int, int]:
        kept, most = {}, -1
        for params in sorted(sums):
            if sums[params] > most:
                most = kept[params] = sums[params]
        return kept

    settings = []
    for resolution in range(48, 225, 16):
        for tenths in range(2, 11):
            wide = [
                mobile_rounded(Fraction(b * tenths, 10)) for b in (32, 16, *(s[0] for s in stages))
            ]
            side = -(-resolution // 2)
            stem = 3 * resolution**2 + wide[0] * side**2
            first = bottleneck(wide[0], wide[1], wide[0], 3, 1, side)
            if max(stem, first[0]) > sram:
                continue
            params = wide[0] * 29 + first[1] + wide[7] * 1000 + 1000
            macs = wide[0] * 27 * side**2 + first[2] + wide[7] * 1000
            channels, blocks = wide[1], []  # for each stage, its blocks' options in (params, macs)
            for (_, stride, most), out in zip(stages, wide[2:], strict=True):
                chain = []
                for b in range(most):
                    step = stride if b == 0 else 1
                    tried = (
                        bottleneck(
                            channels, out, mobile_rounded(Fraction(channels * e)), k, step, side
                        )
                        for k in (3, 5, 7)
                        for e in (3, 4, 5, 6)
                    )
                    chain.append([(p, m) for held, p, m in tried if held <= sram])
                    if b == 0:
                        side, channels = -(-side // stride), out
                blocks.append(chain)
            needed = [chain[: 1 if len(chain) == 1 else 2] for chain in blocks]
            if any(not options for chain in needed for options in chain):
                continue
            bound = macs + sum(max((m for _, m in o), default=0) for chain in blocks for o in chain)
            settings.append((bound, params, macs, blocks))
    best = -1
    for bound, params, macs, blocks in sorted(settings, key=lambda s: -s[0]):
        if bound <= best:
            break
        front = {params: macs} if params <= flash else {}
        for chain in blocks:
            least = min(2, len(chain))
            ends: dict[int, int] = {}
            for b, options in enumerate(chain, 1):
                front = merged(front, options)
                if b >= least:
                    for p, m in front.items():
                        ends[p] = max(ends.get(p, -1), m)
            front = pruned(ends)
        best = max([best, *front.values()])
    return best


@pytest.mark.parametrize(
    ("sram", "flash"), [(64, 256), (100, 256), (100, 300), pytest.param(320, 1024, marks=SLOW)]
)
def test_mcunet_under_another_limit(sram: int, flash: int) -> None:
    spec = aw.load(GALLERY / "mcunet" / "space.arch")
    best = spec.bind(sram_limit=f"{sram} KiB", flash_limit=f"{flash} KiB").solve(progress=False)
    assert best.status == "optimal"
    assert best.goals["macs"].to("MAC") == mcunet_by_hand(sram * 1024, flash * 1024)


@pytest.mark.parametrize("radio", [5, 40, 400])  # MB/s
def test_paretopipe_under_another_link(radio: int) -> None:
    with (GALLERY / "paretopipe" / "chains.csv").open(newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["net"] == "resnet50"]
    macs = [int(row["macs [MAC]"]) for row in rows]
    outputs = [int(row["outputs"]) for row in rows]
    speeds = (6 * 10**9, 10 * 10**9, 12 * 10**9)
    points = set()
    for first, second in combinations(range(1, len(rows)), 2):
        runs = ((0, first), (first, second), (second, len(rows)))
        work = [Fraction(sum(macs[a:b]), speed) for (a, b), speed in zip(runs, speeds, strict=True)]
        send = [
            Fraction(2, 1000) + Fraction(4 * outputs[first - 1], radio * 10**6),
            Fraction(3, 10_000) + Fraction(4 * outputs[second - 1], 117 * 10**6),
        ]
        points.add((sum(work) + sum(send), max(work + send)))
    by_hand = {
        p for p in points if not any(q != p and q[0] <= p[0] and q[1] <= p[1] for q in points)
    }
    front = aw.load(GALLERY / "paretopipe" / "front.arch").bind(
        net="resnet50", radio=f"{radio} MB/s"
    )
    found = [tuple(goal.to("s") for goal in point) for point in front.pareto().goal_vectors()]
    assert len(found) == len(by_hand)
    for mine, other in zip(sorted(found), sorted(by_hand), strict=True):
        assert mine == pytest.approx([float(x) for x in other], rel=1e-12)


Choice = tuple[int, int]  # (microseconds, MACs)


def inverted_residual(
    cin: int, cout: int, k: int, expand: int, before: int, after: int, gate: bool = False
) -> int:
    """The MACs of a block from a square of `before` pixels a side to one of `after`."""
    mid = mobile_rounded(Fraction(cin * expand))
    macs = mid * k * k * after**2 + mid * cout * after**2
    if expand > 1:
        macs += cin * mid * before**2
    return macs + (2 * mid * mobile_rounded(Fraction(mid, 4)) if gate else 0)


def within(deadline: int, stages: list[list[list[Choice]]], least: int) -> tuple[int, int]:
    """How many networks take at most so long, and their most MACs, by every time in microseconds.

    A stage has the choices of each of its blocks and ends after block `least` or any later one.
    """
    ways, most = np.zeros(deadline + 1, np.int64), np.full(deadline + 1, -(1 << 40))
    ways[0], most[0] = 1, 0
    for blocks in stages:
        ends, best = np.zeros_like(ways), np.full_like(most, -(1 << 40))
        for number, choices in enumerate(blocks, 1):
            before, top = ways, most
            ways, most = np.zeros_like(ways), np.full_like(most, -(1 << 40))
            for time, macs in choices:
                kept = max(0, deadline + 1 - time)
                ways[time:] += before[:kept]
                most[time:] = np.maximum(most[time:], top[:kept] + macs)
            if number >= min(least, len(blocks)):
                ends, best = ends + ways, np.maximum(best, most)
        ways, most = ends, best
    return int(ways.sum()), int(most.max())


@pytest.mark.parametrize(
    ("place", "factor"), [((4, False, 3, 6), 3), ((1, True, 3, 3), 2), ((3, False, 7, 6), 0)]
)
def test_once_for_all_under_another_table(place: tuple[int, bool, int, int], factor: int) -> None:
    """One entry of the Note10 table, at 224 pixels, is multiplied."""
    with (GALLERY / "once_for_all" / "note10_blocks.csv").open(newline="") as file:
        times = {
            (int(r["stage"]), r["first"] == "true", int(r["k"]), int(r["e"])): int(r["time"])
            for r in csv.DictReader(file)
            if r["res"] == "224"
        }
    times[place] *= factor
    widths = [(32, 2, False), (48, 2, True), (96, 2, False), (136, 1, True), (192, 2, True)]
    stages, cin, side = [], 24, 112
    macs = 27 * 24 * 112**2 + (9 * 24 + 24 * 24) * 112**2  # stem and first block
    for number, (cout, stride, gate) in enumerate(widths, 1):
        blocks = []
        for b in range(4):
            after = side // (stride if b == 0 else 1)
            blocks.append(
                [
                    (
                        times[number, b == 0, k, e],
                        inverted_residual(cin, cout, k, e, side, after, gate),
                    )
                    for k in (3, 5, 7)
                    for e in (3, 4, 6)
                ]
            )
            cin, side = cout, after
        stages.append(blocks)
    macs += 192 * 1152 * 49 + 1152 * 1536 + 1536 * 1000  # head
    count, best = within(30_000 - 4_907, stages, 2)

    rows = [
        {"res": 224, "stage": s, "first": first, "k": k, "e": e, "time": time}
        for (s, first, k, e), time in times.items()
    ]
    p = aw.load(GALLERY / "once_for_all" / "note10.arch").bind(tables={"block": rows})
    assert p.count(progress=False) == count
    answer = p.solve(progress=False)
    assert answer.status == "optimal"
    assert answer.goals["capacity"].to("MAC") == macs + best
    assert count != 24_921_603_416_966


@pytest.mark.parametrize("deadline", [35, 62, 79])  # ms
def test_proxylessnas_under_another_deadline(deadline: int) -> None:
    with (GALLERY / "proxylessnas" / "pixel1.csv").open(newline="") as file:
        times = {
            (int(r["layer"]), int(r["k"]), int(r["e"])): int(r["time"])
            for r in csv.DictReader(file)
        }
    stages, cin, side, layer = [], 16, 112, 0
    macs = 27 * 32 * 112**2 + (9 * 32 + 32 * 16) * 112**2
    for cout, stride, layers in [
        (24, 2, 4), (40, 2, 4), (80, 2, 4), (96, 1, 4), (192, 2, 4), (320, 1, 1),
    ]:  # fmt: skip
        for b in range(layers):
            layer += 1
            after = side // (stride if b == 0 else 1)
            choices = [
                (times[layer, k, e], inverted_residual(cin, cout, k, e, side, after))
                for k in (3, 5, 7)
                for e in (3, 6)
            ]
            stages.append([choices if b == 0 else [*choices, (0, 0)]])
            cin, side = cout, after
    macs += 320 * 1280 * 49 + 1280 * 1000
    count, best = within(deadline * 1000 - 11_365, stages, 1)

    p = aw.load(GALLERY / "proxylessnas" / "pixel1.arch").bind(deadline=f"{deadline} ms")
    assert p.count(progress=False) == count
    answer = p.solve(progress=False)
    assert answer.status == "optimal"
    assert answer.goals["capacity"].to("MAC") == macs + best


@pytest.mark.parametrize(("memory", "speed"), [(40, 60), (80, 60), (55, 150)])  # GB, tokens/s
def test_deepseek_on_devices_of_another_memory(memory: int, speed: int) -> None:
    best: tuple[int, Fraction] = (0, Fraction(0))
    for layers in range(16, 129):
        for width in range(1792, 17_921, 448):
            token = layers * 2 * Fraction(3 * 32 * 9 * width, 50 * 10**9)
            if token * speed > 1 or not 64 * layers <= width <= 256 * layers:
                continue
            heads = width // 56
            attention = width * 1536 + 1536 + 1536 * heads * 192 + width * 576 + 512
            attention += 512 * heads * 256 + heads * 128 * width
            cache = layers * 576 * 2 * 64 * 4096
            for experts in (64, 128, 256, 384, 512):
                for hidden in range(512, min(8192, width // 3) + 1, 256):
                    expert = 3 * width * hidden
                    every = layers * (attention + 2 * width) + 27 * expert
                    every += (layers - 3) * (experts * (width + 1) + expert)
                    every += (2 * 129_280 + 1) * width
                    routed = (layers - 3) * experts * expert
                    if Fraction(routed, 32) + every + cache <= memory * 10**9:
                        best = max(best, (every + routed, -token))
    spec = aw.load(GALLERY / "deepseek_v3" / "largest.arch")
    answer = spec.bind(hardware={"card.memory": f"{memory} GB"}, speed=speed).solve(progress=False)
    assert answer.status == "optimal"
    assert answer.goals["params"] == best[0]
    assert answer.goals["token"].to("s") == pytest.approx(float(-best[1]), rel=1e-12)


def apq_by_hand(times: dict[tuple[int, ...], Fraction], limit: Fraction, operations: int) -> float:
    """The best score of four layers at their narrowest, pointwise in 6 bits, over every choice."""
    layers = [(80, 80, 1), (80, 96, 1), (96, 96, 1), (96, 192, 2)]
    noise = {4: 1.0, 6: 1 / 16, 8: 1 / 256}
    found = []  # for each layer, (time, bit operations, score) of every choice
    for read, out, stride in layers:
        mid, area = 4 * read, (14 // stride) ** 2
        pointwise = 36 * mid * (read * 196 + out * area)
        found.append(
            [
                (
                    times[k, stride, w, a] * mid / 480,
                    pointwise + mid * k * k * area * w * a,
                    math.log(mid * k * k) - noise[w] - noise[a] - 2 * noise[6],
                )
                for k, w, a in itertools.product((3, 5, 7), (4, 6, 8), (4, 6, 8))
                if (k, stride, w, a) in times
            ]
        )
    return max(
        sum(one[2] for one in chosen)
        for chosen in itertools.product(*found)
        if sum(one[1] for one in chosen) <= operations and sum(one[0] for one in chosen) <= limit
    )


def test_apq_with_another_row_and_another_budget() -> None:
    spec = aw.load(GALLERY / "apq" / "joint.arch")
    with (GALLERY / "apq" / "bitfusion.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    keys = ("kernel", "stride", "weights", "acts")
    times = {tuple(int(r[c]) for c in keys): Fraction(r["time [us]"]) for r in rows}
    fixed = {
        "depth": 2,
        "mid[1]": 320,
        "mid[4]": 320,
        "mid[5]": 384,
        "mid[8]": 384,
        "pointwise_weight": 6,
        "pointwise_act": 6,
    }

    def asked(
        changed: dict[tuple[int, ...], Fraction], limit: int, operations: int
    ) -> tuple[float, float]:
        data = [
            dict(zip(keys, key, strict=True)) | {"time": f"{float(us)} us"}
            for key, us in changed.items()
        ]
        bound = spec.bind(latency=f"{limit} us", operations=operations, tables={"depthwise": data})
        answer = bound.solve(fixed, progress=False)
        assert answer.status == "optimal"
        return float(answer.goals["score"]), apq_by_hand(changed, Fraction(limit), operations)

    answers = []
    for changed, limit, operations in (
        (times, 600, 1_850_000_000),
        (times | {(5, 1, 6, 8): Fraction(120), (7, 1, 4, 8): Fraction(90)}, 600, 1_850_000_000),
        (times, 350, 1_850_000_000),
        (times, 600, 1_750_000_000),
    ):
        ours, by_hand = asked(changed, limit, operations)
        assert ours == pytest.approx(by_hand, abs=0.01)  # logarithms of a thousandth
        answers.append(round(ours, 3))
    assert len(set(answers)) == len(answers)
