"""Every engine and every question on random instances, against brute force: a short run each time.

`python -m tests.solvers.agreement` is the long run. What it found has a test of its own name here.
"""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings

from archwright.solvers.instance import Instance

from .agreement import check
from .random_instances import instances, questions
from .random_problems import planted_problems

steady = settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)


@steady
@given(instances(max_goals=3))
def test_problems_of_all_shapes(instance: Instance) -> None:
    check(instance)


@steady
@given(planted_problems().flatmap(questions))
def test_conditions_of_all_kinds(instance: Instance) -> None:
    check(instance)
