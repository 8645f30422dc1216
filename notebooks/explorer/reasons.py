"""Why a value is grey or nothing fits: the conflict in sentences, and repairs that can be applied."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias

from archwright.interpreter.answers import ConflictReport

from .controls import Layout

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


def why(report: ConflictReport | None, subject: str, layout: Layout, repairs: bool) -> Why:
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
        found = tuple((r.change, tuple(actions(r.change, layout))) for r in report.repairs)
    return Why(subject, sentence, members, found)


_DROP = re.compile(r"drop `(?P<name>.+)`")
_SET = re.compile(r"set (?P<name>[\w.]+) [<>]=? (?P<value>[^;~±]+?)(?P<more>;.*)?")
_RAISE = re.compile(r"(?:raise|lower|loosen) `(?P<name>[^`]+)` .*")
_CHOOSE = re.compile(r"(?P<name>[\w.]+(?:\[[^\]]*\])?) = (?P<values>.+)")


def actions(change: str, layout: Layout) -> Iterator[Action]:
    """What a repair's text means for the controls; nothing where no control can do it."""
    constraints = {control.name for control in layout.constraints}
    if match := _DROP.fullmatch(change):
        name = re.sub(r"\[[^\]]*\]", "", match["name"])
        if name in constraints:
            yield Action(f"switch off {name}", "toggle", name)
    elif match := _SET.fullmatch(change):
        if any(control.name == match["name"] for control in layout.parameters):
            yield Action(
                f"{match['name']} = {match['value']}", "set", match["name"], match["value"]
            )
    elif match := _RAISE.fullmatch(change):
        name = re.sub(r"\[[^\]]*\]", "", match["name"])
        if name in constraints:
            yield Action(f"switch off {name}", "toggle", name)
    elif (match := _CHOOSE.fullmatch(change)) and match["name"] in layout.places:
        control = layout.choices[layout.places[match["name"]]]
        legal = (
            {control.text(place) for place in range(control.size)} if control.size < 4096 else ()
        )
        for value in match["values"].split(", "):
            if value in legal or value.replace("_", "").isdigit():
                yield Action(f"{control.key} = {value}", "fix", control.key, value)
        yield Action(f"release {control.key}", "release", control.key)
