"""Diagnostics are data: what is wrong, where, with which values, and how it may be mended."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from .source import Span

Level = Literal["error", "warning"]


@dataclass(frozen=True)
class Edit:
    """A range of a text and what is to stand in its place."""

    span: Span
    replacement: str

    def applied(self) -> str:
        """The whole text with this edit made."""
        text = self.span.source.text
        return text[: self.span.start] + self.replacement + text[self.span.end :]


@dataclass(frozen=True)
class Fix:
    """A proposed mending.

    Parameters
    ----------
    text : str
        What to do, for people.
    safe : bool
        Whether it cannot change what was meant, so that it may be applied unseen; such a fix has an
        edit. The others are guesses.
    edit : Edit or None
        The same for an editor, where it is mechanical.
    """

    text: str
    safe: bool = False
    edit: Edit | None = None

    @property
    def shown(self) -> str:
        """The text with its mark: a fix, or a guess; a question is a guess as it stands."""
        if self.safe:
            return f"fix: {self.text}"
        return self.text if self.text.endswith("?") else f"perhaps: {self.text}"


def did_you_mean(guess: str | None, span: Span | None = None, shown: str = "") -> tuple[Fix, ...]:
    """The guess that another name was meant; nothing where there is none.

    Parameters
    ----------
    guess : str or None
    span : Span, optional
        The range that the name would replace.
    shown : str
        The name as it is shown, where it is longer than what is replaced.
    """
    if guess is None:
        return ()
    edit = Edit(span, guess) if span is not None else None
    return (Fix(f"did you mean `{shown or guess}`?", edit=edit),)


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
