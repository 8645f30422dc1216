"""What the conflict panel shows and does: one conflict after the other, repairs that apply."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from html import escape
from threading import RLock
from typing import Any, TypeAlias

from archwright.interpreter.answers import Change, ConflictReport, Shown, shown_text
from archwright.notebooks.faces import Face
from archwright.solvers.control import Stopped

from . import shown


@dataclass(frozen=True)
class Mended:
    """A repair that was carried out.

    Parameters
    ----------
    bound : object
        The bound spec with the change.
    code : str
        The Python that makes it.
    answer : Face
        The answer to the question that had none.
    """

    bound: Any
    code: str
    answer: Face


Mend: TypeAlias = Callable[[Change, Shown | None], Mended]


@dataclass
class Panel:
    """The conflicts that are known, which one is shown, and the repair that was applied.

    Parameters
    ----------
    first : ConflictReport
    text : callable
        The text face of a conflict.
    mend : callable
        Carries a repair out: the change, and the value that was picked, where it has some.
    """

    first: ConflictReport
    text: Callable[[ConflictReport], str]
    mend: Mend
    mended: Mended | None = None
    trouble: str = ""
    _known: list[ConflictReport] = field(default_factory=list)
    _at: int = 0
    _all: bool = False
    _lock: Any = field(default_factory=RLock, repr=False)

    def __post_init__(self) -> None:
        self._known.append(self.first)
        self._rest = self.first.others()

    @property
    def conflict(self) -> ConflictReport:
        """The one that is shown."""
        return self._known[self._at]

    @property
    def place(self) -> str:
        """`conflict 1`, `conflict 2 of 2`: of how many is known once all were found."""
        of = f" of {len(self._known)}" if self._all else ""
        return f"conflict {self._at + 1}{of}"

    @property
    def has_another(self) -> bool:
        """Whether there may be a next one."""
        return not self._all or self._at + 1 < len(self._known)

    def another(self) -> None:
        """Show the next conflict; the solver looks for one that is not known yet."""
        with self._lock:
            self.trouble = ""
            if self._at + 1 == len(self._known) and not self._all:
                try:
                    found = next(self._rest, None)
                except Stopped as stopped:
                    self.trouble = str(stopped)
                    return
                if found is None:
                    self._all = True
                else:
                    self._known.append(found)
            self._at = min(self._at + 1, len(self._known) - 1)

    def previous(self) -> None:
        """Show the one before."""
        with self._lock:
            self._at = max(0, self._at - 1)

    def apply(self, index: int, value: int | None = None) -> None:
        """Carry out a repair of the conflict shown; `value` is the place of the picked value."""
        with self._lock:
            action = self.conflict.repairs[index].action
            if action is not None:
                picked = action.values[value or 0] if action.values else None
                self.mended = self.mend(action, picked)

    @property
    def styles(self) -> tuple[str, ...]:
        """Style sheets of the panel and of the answer in it."""
        return (*shown.STYLES, *(self.mended.answer.styles if self.mended else ()))

    def face(self) -> Face:
        """Both still faces of what is shown."""
        still = shown.face(self.conflict, self.text(self.conflict))
        if self.mended is None:
            return still
        text = f"{still.text}\n\n{self.mended.code}\n{self.mended.answer.text}"
        return Face(text, still.body + self._result(), self.styles)

    def data(self, busy: str = "") -> dict[str, Any]:
        """All that the live panel draws."""
        with self._lock:
            every = [set(known.instances) for known in self._known]
            in_all = set.intersection(*every) if len(every) > 1 else None
            return {
                "body": shown.body(self.conflict, in_all),
                "place": self.place,
                "all": self._all,
                "next": self.has_another,
                "previous": self._at > 0,
                "repairs": [
                    {
                        "text": repair.change,
                        "verified": repair.verified,
                        "applies": repair.action is not None,
                        "values": _values(repair.action),
                    }
                    for repair in self.conflict.repairs
                ],
                "complete": self.conflict.repairs_complete,
                "result": self._result(),
                "trouble": self.trouble,
                "busy": busy,
            }

    def _result(self) -> str:
        if self.mended is None:
            return ""
        return (
            f'<div class="aw-conflict-result"><code>{escape(self.mended.code)}</code>'
            f"{self.mended.answer.body}</div>"
        )


def _values(action: Change | None) -> list[str]:
    """The values of a choice, of which the user picks one."""
    if action is None or action.kind != "choice":
        return []
    return [shown_text(value) for value in action.values[:24]]
