"""Diagnostics as plain data for editors and scripts; `docs/json.md` describes it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from .diagnostics import Diagnostic
from .layout import in_order


def as_json(diagnostics: Iterable[Diagnostic]) -> list[dict[str, Any]]:
    """All diagnostics, errors first; lines and columns count from 1, the end is exclusive.

    What has no place in a text has null for its file, line and column.
    """
    return [_one(diagnostic) for diagnostic in in_order(diagnostics)]


def _one(diagnostic: Diagnostic) -> dict[str, Any]:
    span = diagnostic.span
    return {
        "slug": diagnostic.slug,
        "level": diagnostic.level,
        "message": diagnostic.message,
        "file": None if span is None else span.source.name,
        "line": None if span is None else span.line,
        "column": None if span is None else span.column,
        "end_line": None if span is None else span.end_line,
        "end_column": None if span is None else span.end_column,
        "values": [{"name": value.name, "text": value.text} for value in diagnostic.values],
        "notes": list(diagnostic.notes),
        "fixes": [{"text": fix.text, "safe": fix.safe} for fix in diagnostic.fixes],
    }
