"""DeepMAD's published figures, worked out once more in 50 decimal digits, against the gallery."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from decimal import Decimal, getcontext, localcontext
from fractions import Fraction
from pathlib import Path

import pytest

from archwright.dsl.load import load
from archwright.interpreter.bind import bind
from archwright.interpreter.evaluate import Evaluation

FOLDER = Path(__file__).parents[2] / "gallery" / "deepmad"
WEIGHTS = (1, 1, 1, 1, 8)

# resolution, stem, head, gated, budget of rho; score and rho as the authors' program prints them
NETWORKS = {
    "r18": (224, 32, 0, False, "0.3", "32120.2034516", "0.2990955537"),
    "r34": (224, 24, 0, False, "0.3", "43142.6727676", "0.2999905764"),
    "r50": (224, 32, 0, False, "0.3", "48919.2769054", "0.2997522679"),
    "m29_224": (224, 40, 1792, True, "0.5", "11915.370483", "0.4964788262"),
    "m29_288": (288, 40, 1792, True, "0.5", "11705.1370588", "0.4966305106"),
    "m50": (224, 48, 2048, True, "0.5", "14833.2029593", "0.4930204789"),
    "m89": (224, 56, 2560, True, "0.5", "18020.3785808", "0.4951385272"),
}


@pytest.fixture(autouse=True)
def digits() -> Iterator[None]:
    with localcontext() as context:
        context.prec = 50
        yield


def recomputed(net: str) -> tuple[Decimal, Decimal, list[Decimal]]:
    """Score, rho and rho by stage, block by block and with exponentials, unlike the spec."""
    side, channels, head, gated, *_ = NETWORKS[net]
    with (FOLDER / "stages.csv").open(encoding="utf-8") as file:
        stages = [row for row in csv.DictReader(file) if row["net"] == net]
    entropy, log_width, depth = Decimal(27).ln() / 2, Decimal(27).ln(), 1
    side //= 2
    ends: list[tuple[Decimal, Decimal]] = []

    def end() -> None:
        assert getcontext().prec == 50
        level = Decimal(channels).ln() + Decimal(side * side).ln()
        ends.append((level * entropy, depth * (-log_width / depth).exp()))

    for row in stages:
        k, middle = int(row["k"]), int(row["middle"])
        if row["stride"] == "2":
            end()
        side = 1 if gated else side // int(row["stride"])
        for _ in range(int(row["depth"])):
            width = channels * k * k * middle * (1 if gated else middle)
            entropy += Decimal(k).ln() + Decimal(channels).ln() / 2
            entropy += Decimal(middle).ln() / (2 if gated else 1)
            log_width += Decimal(width).ln()
            depth += 3
            channels = int(row["out"])
    if head:
        entropy, log_width = (
            entropy + Decimal(channels).ln() / 2,
            log_width + Decimal(channels).ln(),
        )
        depth, channels = depth + 1, head
    end()
    score = sum((w * h for w, (h, _) in zip(WEIGHTS, ends, strict=True)), Decimal(0))
    rhos = [rho for _, rho in ends]
    return score, max(rhos), rhos


@pytest.mark.parametrize("net", NETWORKS)
def test_the_published_figures(net: str) -> None:
    *_, cap, score, rho = NETWORKS[net]
    found_score, found_rho, _ = recomputed(net)
    assert f"{found_score:.12g}".rstrip("0") == score.rstrip("0")
    assert f"{found_rho:.10f}" == rho
    assert found_rho <= Decimal(cap)


def test_the_first_network_to_the_last_digit() -> None:
    score, rho, by_stage = recomputed("r18")
    assert abs(score - Decimal("32120.203451603797")) < Decimal("2e-11")  # of a double
    assert abs(rho - Decimal("0.2990955537315473")) < Decimal("2e-15")
    printed = ("0.037037037037", "0.052169486002", "0.116735171212", "0.246444963593",
               "0.299095553732")  # fmt: skip
    for found, shown in zip(by_stage, printed, strict=True):
        assert abs(found - Decimal(shown)) < Decimal("2e-12")


@pytest.mark.parametrize("net", NETWORKS)
def test_the_spec_agrees_within_its_stated_error(net: str) -> None:
    evaluation = Evaluation(bind(load(FOLDER / "family.arch"), {"net": net}), {})
    score, rho, _ = recomputed(net)
    errors = evaluation.errors()
    for name, true in (("score", score), ("largest", rho.ln())):
        found = evaluation.value(name)
        assert isinstance(found, Fraction)
        assert abs(found - Fraction(true)) <= errors[name] < Fraction(1, 10**10)
    assert not evaluation.broken()
