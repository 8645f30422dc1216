"""Whole specs drawn at random: the model and brute force answer every question alike."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import HealthCheck, Phase, assume, given, settings

from .random_specs import specs
from .spec_agreement import accepted, check_answers, check_claims
from .spec_parts import RandomSpec

pytestmark = pytest.mark.filterwarnings("ignore:The recursion limit will not be reset")


def agree(drawn: RandomSpec) -> None:
    spec = accepted(drawn.text)
    assume(spec is not None)
    assert spec is not None
    check_claims(spec)
    check_answers(spec, drawn)


@settings(max_examples=80, deadline=None, suppress_health_check=[*HealthCheck])
@given(specs(200))
def test_model_and_brute_force_agree(drawn: RandomSpec) -> None:
    agree(drawn)


@pytest.mark.slow
@settings(max_examples=3000, deadline=None, suppress_health_check=[*HealthCheck])
@given(specs(1500))
def test_model_and_brute_force_agree_on_many(drawn: RandomSpec) -> None:
    agree(drawn)


def test_most_specs_are_accepted() -> None:
    found: Counter[bool] = Counter()

    @settings(
        max_examples=150, deadline=None, database=None, derandomize=True, phases=[Phase.generate],
        suppress_health_check=[*HealthCheck],
    )  # fmt: skip
    @given(specs())
    def draw(drawn: RandomSpec) -> None:
        found[accepted(drawn.text) is not None] += 1

    draw()
    assert found[True] > 0.6 * found.total()
