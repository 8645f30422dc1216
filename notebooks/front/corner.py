"""Why nothing lies in a corner that a user brushed: out of reach, or beaten by points elsewhere."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import TypeAlias

from archwright.interpreter.answers import ConflictReport, GoalRepair, shown_text
from archwright.notebooks.faces import fold

from .chart import Table
from .columns import INACTIVE, Axis
from .picked import Range

# Asks why nothing fits: limits on goals by name, values of choices by name.
Explain: TypeAlias = Callable[[Mapping[str, object], Mapping[str, object]], ConflictReport | None]


@dataclass(frozen=True)
class Corner:
    """The answer, in sentences.

    Attributes
    ----------
    sentences : tuple of str
    conflict : ConflictReport or None
        What cannot hold together, where the corner is out of reach.
    """

    sentences: tuple[str, ...]
    conflict: ConflictReport | None = None

    @property
    def text(self) -> str:
        """One sentence a line."""
        return "\n".join(self.sentences)

    @property
    def html(self) -> str:
        """The sentences, and the whole conflict folded."""
        told = "".join(f'<p class="aw-told">{_marked(sentence)}</p>' for sentence in self.sentences)
        if self.conflict is None or not self.conflict.members:
            return told
        whole = f"<pre>{escape(repr(self.conflict))}</pre>"
        return told + fold("the whole conflict", whole, is_open=False)


def why_empty(table: Table, ranges: Mapping[str, Range], explain: Explain) -> Corner:
    """Why no point of a front lies within brushed ranges.

    Parameters
    ----------
    table : Table
    ranges : mapping of str to (float, float)
        By goal or choice; at least one.
    explain : callable
        Why nothing is as good as limits on goals, under some choices; None where something is.
    """
    brushed = {name: table.goals[name] for name in ranges if name in table.goals}
    choices = _fixed(table, ranges)
    worst = {name: _limit(axis, ranges[name], best=False) for name, axis in brushed.items()}
    inside = _as_good(brushed, ranges, best=False)
    if not inside or choices:
        conflict = explain(worst, choices)
        if conflict is not None:
            return Corner(_out_of_reach(conflict), conflict)
        if not table.front.complete:
            return Corner(
                ("Something fits here. The front was stopped before it came to this corner.",)
            )
        return Corner(("What fits here is beaten by other choices, which have points elsewhere.",))
    beating = _as_good(brushed, ranges, best=True)
    if beating and len(brushed) == len(table.goals):
        return Corner(
            (f"What fits here is beaten in every goal: {_point(table, beating[0])} is better.",)
        )
    best = {name: _limit(axis, ranges[name], best=True) for name, axis in brushed.items()}
    near = (f"What fits here is beaten by points beside it, such as {_point(table, inside[0])}.",)
    conflict = explain(best, choices)
    if conflict is None:
        return Corner(near)
    return Corner((*near, *_out_of_reach(conflict, "The better end is out of reach: ")), conflict)


def _out_of_reach(conflict: ConflictReport, start: str = "") -> tuple[str, ...]:
    limits = [f"`{m.name}`" for m in conflict.members if m.goal is not None]
    named = [f"`{name}`" for name in conflict.constraints if f"`{name}`" not in limits]
    if not conflict.members:
        return (f"{start}The choices that are brushed cannot be made.",)
    if not limits:
        first = f"{_list(named)} cannot hold, however good or bad the goals"
    elif named:
        first = f"{_list(limits)} cannot hold together with {_list(named)}"
    elif len(limits) == 1:
        first = f"no choices reach {limits[0]}, whichever constraint is dropped"
    else:
        first = f"no choices reach both {_list(limits)}, whichever constraint is dropped"
    sentences = [start + (first if start else first[0].upper() + first[1:]) + "."]
    reasons = [m.reason for m in conflict.members if m.reason]
    if reasons:
        sentences.append(f"The spec says: {'; '.join(dict.fromkeys(reasons))}.")
    found = [r for r in conflict.repairs if isinstance(r, GoalRepair)]
    for repair in found:
        kept = " with the rest kept" if len(conflict.members) > 1 else ""
        needed = shown_text(repair.needed)
        sentences.append(f"The best {repair.goal} that is possible{kept}: {needed}.")
    others = [r.change for r in conflict.repairs if not isinstance(r, GoalRepair)]
    if others:
        sentences.append(f"Or {' or '.join(others[:3])}.")
    return tuple(sentences)


def _as_good(
    brushed: Mapping[str, Axis], ranges: Mapping[str, Range], *, best: bool
) -> Sequence[int]:
    """Points that are as good as the better or worse ends of all brushed ranges."""
    if not brushed:
        return ()
    found: Sequence[int] = range(len(next(iter(brushed.values())).numbers))
    for name, axis in brushed.items():
        low, high = ranges[name]
        if axis.sense == "minimize":
            end = low if best else high
            found = [i for i in found if axis.numbers[i] <= end]
        else:
            end = high if best else low
            found = [i for i in found if axis.numbers[i] >= end]
    return found


def _limit(axis: Axis, ends: Range, *, best: bool) -> tuple[object, object]:
    """One end of a range as (least, most)."""
    low, high = (axis.exact(end) for end in ends)
    if axis.sense == "minimize":
        return (None, low if best else high)
    return (high if best else low, None)


def _fixed(table: Table, ranges: Mapping[str, Range]) -> dict[str, object]:
    """Choices of which one value alone is brushed; other ranges leave a choice free."""
    found: dict[str, object] = {}
    for name, (low, high) in ranges.items():
        if name in table.goals:
            continue
        inside = [text for place, text in table.axis(name).marks if low <= place <= high]
        if len(inside) == 1 and inside[0] != INACTIVE:
            found[name] = inside[0]
    return found


def _marked(sentence: str) -> str:
    """A sentence as HTML, what stands between backquotes as code."""
    return re.sub(r"`([^`]*)`", r"<code>\1</code>", escape(sentence))


def _point(table: Table, index: int) -> str:
    told = ", ".join(f"{a.name} = {a.texts[index]}" for a in table.goals.values())
    return f"point {index} ({told})"


def _list(items: Sequence[str]) -> str:
    *rest, last = items
    return f"{', '.join(rest)} and {last}" if rest else last
