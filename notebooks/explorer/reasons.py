"""Why a value is grey or nothing fits: the conflict in sentences, repairs that can be applied."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from archwright.dsl.units import Quantity
from archwright.interpreter.answers import Change, ConflictReport, Repair, Shown, shown_text

from .controls import Layout

VALUES = 4  # of a choice that are offered
Act: TypeAlias = Literal["toggle", "set", "fix", "release"]


@dataclass(frozen=True)
class Action:
    """A button: what it says and what it does to the state."""

    label: str
    act: Act
    name: str
    value: str = ""


@dataclass(frozen=True)
class Because:
    """One constraint of a conflict with its reason, holes filled, and what its terms can be."""

    name: str
    instance: str
    text: str
    reason: str
    terms: tuple[str, ...]


@dataclass(frozen=True)
class Why:
    """Why something is impossible.

    Attributes
    ----------
    subject : str
        `k[1, 2] = 7`, or empty where nothing fits at all.
    sentence : str
        Stands alone.
    repairs : tuple
        Each a sentence with the buttons that apply it; None while they are looked for.
    """

    subject: str
    sentence: str
    members: tuple[Because, ...] = ()
    repairs: tuple[tuple[str, tuple[Action, ...]], ...] | None = None

    @property
    def short(self) -> str:
        """One line for a hover: the sentence and the reasons."""
        reasons = [f"{m.name}: {m.reason or m.text}" for m in self.members]
        return "\n".join([self.sentence, *dict.fromkeys(reasons)])


def why(
    report: ConflictReport | None,
    subject: str,
    layout: Layout,
    fixed: Mapping[str, Shown],
    repairs: bool,
) -> Why:
    """A conflict in sentences; what its terms can be is solved for here, and repairs if wanted."""
    if report is None:
        return Why(subject, f"{subject} is possible", (), ())
    what = f"{subject} is impossible" if subject else "nothing fits"
    if not report.members:
        structure = "domains, tables, shapes and what is fixed leave no solution"
        return Why(subject, f"{what}: {structure}", (), () if repairs else None)
    names = [f"`{name}`" for name in report.constraints]
    joined = names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
    verb = "does" if len(names) == 1 else "together do"
    sentence = f"{what}: {joined} {verb} not allow it"
    texts = {control.name: control.text for control in layout.constraints}
    members = tuple(
        Because(
            member.name,
            member.instance,
            texts.get(member.name, ""),
            member.reason,
            tuple(map(str, member.terms)),
        )
        for member in report.members
    )
    found = None
    if repairs:
        own = subject.partition(" = ")[0]  # another value instead of the one asked for
        found = tuple(
            (r.change, tuple(_buttons(r, layout, fixed)))
            for r in report.repairs
            if r.action is None or r.action.kind != "choice" or r.action.name != own
        )
    return Why(subject, sentence, members, found)


def _size(value: Shown) -> float:
    if isinstance(value, Quantity):
        return float(value.value)
    return 0.0 if isinstance(value, str) else float(value)


def _buttons(repair: Repair, layout: Layout, fixed: Mapping[str, Shown]) -> Iterator[Action]:
    if repair.action is not None:
        yield from actions(repair.action, layout, fixed)


def actions(change: Change, layout: Layout, fixed: Mapping[str, Shown]) -> Iterator[Action]:
    """What a repair means for the controls; nothing where no control can do it.

    Of many values those are offered that are nearest to what is fixed now.
    """
    values = list(change.values)
    if len(values) > VALUES:
        now = _size(fixed.get(change.name, 0))
        near = sorted(range(len(values)), key=lambda i: abs(_size(values[i]) - now))[:VALUES]
        values = [values[i] for i in sorted(near)]
    texts = [shown_text(value) for value in values]
    if change.kind == "drop":
        name = re.sub(r"\[[^\]]*\]", "", change.name)
        if any(control.name == name for control in layout.constraints):
            yield Action(f"switch off {name}", "toggle", name)
    elif change.kind == "parameter":
        if any(control.name == change.name for control in layout.parameters):
            for text in texts:
                yield Action(f"{change.name} = {text}", "set", change.name, text)
    elif change.name in layout.places:
        for text in texts:
            yield Action(f"{change.name} = {text}", "fix", change.name, text)
        yield Action(f"release {change.name}", "release", change.name)
