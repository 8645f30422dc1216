"""Diagnostics are data: what is wrong, where, with which values, and how it may be mended."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from .source import Span

Level = Literal["error", "warning"]


@dataclass(frozen=True)
class Fix:
    """A proposed mending; `safe` ones may be applied unseen."""

    text: str
    safe: bool = False


@dataclass(frozen=True)
class Value:
    """A value shown under the expression: its name and its text with unit."""

    name: str
    text: str


@dataclass(frozen=True)
class Label:
    """A secondary range with a short remark."""

    span: Span
    text: str


@dataclass(frozen=True)
class Diagnostic:
    """One thing to tell the user.

    Parameters
    ----------
    slug : str
        Stable kebab-case name of the kind of mistake.
    message : str
        One sentence that stands alone.
    span : Span or None
        The primary range; None only for mistakes outside any text (a missing file, an option).
    label : str
        A short remark painted under the primary range.
    """

    slug: str
    message: str
    span: Span | None
    label: str = ""
    level: Level = "error"
    labels: tuple[Label, ...] = ()
    values: tuple[Value, ...] = ()
    notes: tuple[str, ...] = ()
    fixes: tuple[Fix, ...] = ()


class ArchError(Exception):
    """The root of every error that a user can cause; carries its diagnostics.

    Attributes
    ----------
    diagnostics : tuple of Diagnostic
        All of them; renderers show the first three.
    """

    def __init__(self, diagnostics: Diagnostic | Iterable[Diagnostic]) -> None:
        many: Sequence[Diagnostic]
        many = (diagnostics,) if isinstance(diagnostics, Diagnostic) else tuple(diagnostics)
        self.diagnostics: tuple[Diagnostic, ...] = tuple(many)
        super().__init__("; ".join(f"{d.slug}: {d.message}" for d in self.diagnostics[:3]))

    def __reduce__(self) -> tuple[type[ArchError], tuple[tuple[Diagnostic, ...]]]:
        return type(self), (self.diagnostics,)

    def __str__(self) -> str:
        from .render_text import text

        return text(self.diagnostics)

    def _repr_html_(self) -> str:
        from .render_html import html

        return html(self.diagnostics)
