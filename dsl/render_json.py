"""Diagnostics as plain data for editors and scripts; `docs/json.md` describes it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from .diagnostics import Diagnostic, Fix
from .layout import in_order
from .source import Span


def as_json(diagnostics: Iterable[Diagnostic]) -> list[dict[str, Any]]:
    """All diagnostics, errors first; lines and columns count from 1, the end is exclusive.

    What has no place in a text has null for its file, line and column.
    """
    return [_one(diagnostic) for diagnostic in in_order(diagnostics)]


def _one(diagnostic: Diagnostic) -> dict[str, Any]:
    return {
        "slug": diagnostic.slug,
        "level": diagnostic.level,
        "message": diagnostic.message,
        **_place(diagnostic.span),
        "label": diagnostic.label,
        "labels": [{**_place(label.span), "text": label.text} for label in diagnostic.labels],
        "values": [{"name": value.name, "text": value.text} for value in diagnostic.values],
        "notes": list(diagnostic.notes),
        "fixes": [_fix(fix) for fix in diagnostic.fixes],
    }


def _place(span: Span | None) -> dict[str, Any]:
    if span is None:
        return dict.fromkeys(("file", "line", "column", "end_line", "end_column"))
    return {
        "file": span.source.name,
        "line": span.line,
        "column": span.column,
        "end_line": span.end_line,
        "end_column": span.end_column,
    }


def _fix(fix: Fix) -> dict[str, Any]:
    edit = fix.edit
    return {
        "text": fix.text,
        "safe": fix.safe,
        "edit": None if edit is None else {**_place(edit.span), "replacement": edit.replacement},
    }
