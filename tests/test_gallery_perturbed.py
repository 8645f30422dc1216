"""Specs of the gallery with a table, a limit or a parameter changed, against plain computations.

What is compared with shares nothing with the project: no spec, no solver, no model of costs.
"""

from __future__ import annotations

import csv
from fractions import Fraction
from itertools import combinations
from pathlib import Path

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
