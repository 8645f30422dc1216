"""The step curve as numbers to draw, and what differs from step to step."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

from archwright.dsl.units import Quantity
from archwright.interpreter.answers import Shown, shown_text
from archwright.interpreter.tightness import Tightness
from archwright.notebooks.front.columns import Axis, goal_axis

FEW = 12  # choices that differ and are shown at once


@dataclass(frozen=True)
class StepCurve:
    """A limit's curve; steps go from the tightest limit to the loosest."""

    found: Tightness

    @cached_property
    def limits(self) -> Axis:
        """The limit of each step, last the limit as it is."""
        now = self.found.limit
        if now is None:
            here = next((limit for limit, _ in self.found.curve), 0)
            now = Quantity(Fraction(0), here.dimension) if isinstance(here, Quantity) else 0
        return goal_axis(
            self.limit_name, "", [*(limit for limit, _ in self.found.curve), now], None
        )

    @cached_property
    def goals(self) -> Axis:
        """The best goal of each step."""
        return goal_axis(self.found.goal, "", [goal for _, goal in self.found.curve], None)

    @property
    def limit_name(self) -> str:
        """What is moved."""
        return self.found.written or f"how much looser {self.found.constraint} is"

    @property
    def now(self) -> float:
        """The limit as it is, in the unit of the axis."""
        return self.limits.numbers[-1]

    @property
    def now_text(self) -> str:
        """The limit as it is, with its name."""
        if self.found.limit is None:
            return "as it is"
        return f"{self.found.written} = {shown_text(self.found.limit)}"

    @cached_property
    def holding(self) -> int | None:
        """The step that the limit allows as it is."""
        return self.found.steps.holding()

    @property
    def slack(self) -> float | None:
        """The least slack at the optimum, in the unit of the axis; None where nothing applies."""
        amounts = [
            value.value if isinstance(value, Quantity) else Fraction(value)
            for value in self.found.slack.values()
            if isinstance(value, int | Fraction | Quantity)
        ]
        return float(min(amounts) / self.limits.factor) if amounts else None

    @property
    def slack_text(self) -> str:
        """The same in words."""
        sizes = [
            (v.value if isinstance(v, Quantity) else Fraction(v), v)
            for v in self.found.slack.values()
            if isinstance(v, int | Fraction | Quantity)
        ]
        return shown_text(min(sizes, key=lambda item: item[0])[1]) if sizes else ""

    def step_text(self, i: int) -> str:
        """`part.sram ≥ 298 KiB: capacity 53_998_400 MAC`."""
        sign = "≥" if self.found.upper else "≤"
        reached = f"{self.found.goal} {self.goals.texts[i]}"
        return f"{self.limit_name} {sign} {self.limits.texts[i]}: {reached}"

    def differing(self, i: int) -> list[tuple[str, str, str]]:
        """Choices of a step beside those of the optimum: name, value now, value then."""
        then: Mapping[str, Shown] = self.found.steps[i].choices
        now = self.found.optimum.choices
        names = dict.fromkeys([*now, *then])
        both = [(name, _text(now.get(name)), _text(then.get(name))) for name in names]
        return [row for row in both if row[1] != row[2]]


def _text(value: Shown | None) -> str:
    return "not there" if value is None else shown_text(value)
