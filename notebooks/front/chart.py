"""What one chart of a front shows: which axes, in words, as still HTML, and as data of a script."""

from __future__ import annotations

from array import array
from collections.abc import Collection, Sequence
from functools import cached_property
from html import escape
from typing import Any

from archwright.notebooks.faces import fold

from .columns import Axis, Front, choice_axis, goals
from .picture import Drawn, parallel, scatter

ROWS = 20  # of the table
STYLES = ("front/front.css",)


class Table:
    """The axes of a front, each made when it is first shown; charts of one front share them."""

    def __init__(self, front: Front) -> None:
        self.front = front
        self._choices: dict[str, Axis] = {}

    @cached_property
    def goals(self) -> dict[str, Axis]:
        """Those of the goals, by name."""
        return {axis.name: axis for axis in goals(self.front)}

    @cached_property
    def drawn(self) -> dict[tuple[object, ...], Drawn]:
        """Pictures by what they show, without a selected point."""
        return {}

    @cached_property
    def _rows(self) -> list[dict[str, Any]]:
        return self.front.choices()

    def choices_of(self, index: int) -> dict[str, Any]:
        """The active choices of a point, which the solver's referee alone has checked."""
        return self.front.choices_of(index)

    @property
    def choice_names(self) -> list[str]:
        """Choices that can be shown beside the goals."""
        return [name for name in self.front.choice_names if name not in self.goals]

    def axis(self, name: str) -> Axis:
        """A goal or choice.

        Raises
        ------
        KeyError
            If there is none of this name.
        """
        if name in self.goals:
            return self.goals[name]
        if name not in self._choices:
            if name not in self.front.choice_names:
                known = ", ".join([*self.goals, *self.front.choice_names])
                raise KeyError(f"the front has no goal or choice `{name}`; it has {known}")
            self._choices[name] = choice_axis(name, self._rows)
        return self._choices[name]


class Chart:
    """One chart: two goals as a scatter, all goals and some choices on parallel axes.

    Parameters
    ----------
    x, y : str, optional
        Goals by name; the first two otherwise.
    log : collection of str or bool
        Goals on logarithmic axes; True for all, False for none. Otherwise those that span more
        than three decades.
    choices : sequence of str
        Choices beside the goals.

    Raises
    ------
    KeyError
        For a name that the front does not have.
    ValueError
        For a goal with values of 0 or less on a logarithmic axis, or one goal on both axes.
    """

    def __init__(
        self,
        table: Table,
        x: str | None = None,
        y: str | None = None,
        *,
        log: Collection[str] | str | bool | None = None,
        choices: Sequence[str] = (),
    ) -> None:
        self.table = table
        names = list(table.goals)
        for name in (x, y):
            if name is not None and name not in names:
                raise KeyError(f"the front has no goal `{name}`; it has {', '.join(names)}")
        self.x = x or next((n for n in names if n != y), "")
        self.y = y or next((n for n in names if n != self.x), self.x)
        if x is not None and x == y:
            raise ValueError(f"`{x}` cannot be on both axes")
        self.choices = list(choices)
        for name in self.choices:
            table.axis(name)
        wanted = [log] if isinstance(log, str) else log
        self.logs = {n for n, a in table.goals.items() if (wanted is None and a.wide)}
        if wanted is True:
            self.logs = {n for n, a in table.goals.items() if a.positive}
        elif isinstance(wanted, Collection):
            for name in wanted:
                if not table.axis(name).positive:
                    raise ValueError(f"`{name}` has values of 0 or less: no logarithmic axis")
            self.logs = set(wanted)

    @property
    def flat(self) -> bool:
        """Whether there are two goals, so that the scatter shows all there is."""
        return len(self.table.goals) == 2

    @property
    def parallel_names(self) -> list[str]:
        """The parallel axes; none where the scatter says it all."""
        names = [*self.table.goals, *self.choices]
        return names if len(names) > 2 else []

    def scatter(self, selected: int | None = None) -> Drawn | None:
        """The scatter; None where there are no two goals or no points."""
        table = self.table
        if len(table.goals) < 2 or not len(table.front):
            return None
        x, y = table.goals[self.x], table.goals[self.y]
        logs = (self.x in self.logs, self.y in self.logs)
        if selected is not None:
            return scatter(x, y, log=logs, border=self.flat, selected=selected)
        key = ("scatter", self.x, self.y, logs)
        if key not in table.drawn:
            table.drawn[key] = scatter(x, y, log=logs, border=self.flat)
        return table.drawn[key]

    def parallel(self, selected: int | None = None) -> Drawn | None:
        """The parallel axes; None where there are none."""
        names = self.parallel_names
        if not names or not len(self.table.front):
            return None
        axes = [self.table.axis(name) for name in names]
        logs = [name in self.logs for name in names]
        if selected is not None:
            return parallel(axes, logs, selected)
        key = ("parallel", *names, *logs)
        if key not in self.table.drawn:
            self.table.drawn[key] = parallel(axes, logs)
        return self.table.drawn[key]

    # ------------------------------------------------------------------------------------- words

    @property
    def proof(self) -> str:
        """What is proved, in words."""
        front = self.table.front
        n = len(front)
        points = f"{n:,} point{'' if n == 1 else 's'}"
        if front.complete:
            return f"complete: {points}, proved" if n else "complete: nothing fits, proved"
        return f"not complete: stopped after {points}; better ones may be missing"

    @property
    def how(self) -> str:
        """How it was proved."""
        proof = self.table.front.proof
        nodes = f"{proof.engine}, {proof.nodes:,} nodes"
        return f"{nodes}; {proof.reason}" if proof.reason else nodes

    def point_text(self, index: int) -> str:
        """`latency = 31.2 ms, capacity = 200 MMAC`."""
        return ", ".join(f"{a.name} = {a.texts[index]}" for a in self.table.goals.values())

    def still(self, selected: int | None = None, why_empty: str = "") -> str:
        """HTML without script.

        Parameters
        ----------
        selected : int, optional
        why_empty : str
            HTML that says why nothing fits, for an empty front.
        """
        drawn = [self.scatter(selected), self.parallel(selected)]
        parts = [self.head(), *(d.svg for d in drawn if d is not None)]
        if len(self.table.goals) == 1 and len(self.table.front):
            parts.append(self._single())
        if selected is not None:
            told = escape(self.point_text(selected))
            parts.append(f'<p class="aw-told">selected: point {selected}: {told}</p>')
        if len(self.table.front):
            parts.append(self._folded())
        return f'<div class="aw-front">{"".join(parts)}{why_empty}</div>'

    def head(self) -> str:
        """The line above the picture."""
        state = "good" if self.table.front.complete else "warn"
        mark = "●" if self.table.front.complete else "◐"
        errors = [f"{a.name} {a.error}" for a in self.table.goals.values() if a.error]
        told = "".join(f' <span class="aw-quiet">{escape(text)}</span>' for text in errors)
        return (
            f'<div class="aw-head"><span class="aw-{state}" aria-hidden="true">{mark}</span> '
            f'<strong title="{escape(self.how)}">{escape(self.proof)}</strong>{told}</div>'
        )

    def _single(self) -> str:
        (axis,) = self.table.goals.values()
        word = "smallest" if axis.sense == "minimize" else "largest"
        return (
            f'<p class="aw-told">One goal, so one point: the {word} <strong>{escape(axis.name)}'
            f"</strong> is <strong>{escape(axis.texts[0])}</strong>.</p>"
        )

    def _folded(self) -> str:
        axes = list(self.table.goals.values())
        many = len(self.table.front)
        head = "".join(f'<th class="aw-number">{escape(a.name)}</th>' for a in axes)
        rows = "".join(
            f'<tr><td class="aw-number aw-quiet">{i}</td>'
            + "".join(f'<td class="aw-number">{escape(a.texts[i])}</td>' for a in axes)
            + "</tr>"
            for i in range(min(many, ROWS))
        )
        rest = many - ROWS
        more = f'<p class="aw-quiet aw-told">and {rest:,} more</p>' if rest > 0 else ""
        table = f'<table><tr><th class="aw-number">#</th>{head}</tr>{rows}</table>{more}'
        return fold("points", table, is_open=False, count=many)

    # -------------------------------------------------------------------------------------- data

    def pictures(self) -> dict[str, Any]:
        """The pictures and what can be changed about them, for the script."""
        table = self.table
        drawn = {"scatter": self.scatter(), "parallel": self.parallel()}
        return {
            **{k: None if d is None else _data(d) for k, d in drawn.items()},
            "head": self.head(),
            "table": self._folded() if len(table.front) else "",
            "single": self._single() if len(table.goals) == 1 and len(table.front) else "",
            "size": len(table.front),
            "x": self.x,
            "y": self.y,
            "logs": sorted(self.logs),
            "can_log": [name for name, axis in table.goals.items() if axis.positive],
            "goals": [
                {"name": a.name, "sense": a.sense, "unit": a.unit} for a in table.goals.values()
            ],
            "choices": self.choices,
            "choice_names": table.choice_names,
        }

    def columns(self) -> dict[str, Any]:
        """Numbers (as 64-bit floats) and exact texts of every axis that is shown."""
        shown = {name: self.table.axis(name) for name in [*self.table.goals, *self.choices]}
        return {
            name: {
                "numbers": array("d", axis.numbers).tobytes(),
                "texts": list(axis.texts) if not axis.marks else [text for _, text in axis.marks],
                "marks": bool(axis.marks),
            }
            for name, axis in shown.items()
        }


def _data(drawn: Drawn) -> dict[str, Any]:
    return {"svg": drawn.svg, "axes": list(drawn.axes), "frame": list(drawn.frame)}
