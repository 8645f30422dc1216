"""Where the passes of the checker put what they find."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from .diagnostics import Diagnostic, Fix, Label, Level, Value
from .slugs import SLUGS
from .source import Source, Span


class Report:
    """Collects diagnostics and puts them in order.

    A suggestion that depends on types may be known only after all are inferred; such a fix is
    passed as a function and asked for at the end.
    """

    def __init__(self) -> None:
        self._found: list[tuple[Diagnostic, Callable[[], Fix | None] | None]] = []
        self._seen: set[tuple[str, Span]] = set()

    @property
    def size(self) -> int:
        """How many diagnostics there are, errors and warnings."""
        return len(self._found)

    def add(
        self,
        slug: str,
        message: str,
        span: Span,
        label: str = "",
        *,
        level: Level = "error",
        labels: Iterable[Label] = (),
        values: Iterable[Value] = (),
        notes: Iterable[str] = (),
        fixes: Iterable[Fix] = (),
        late: Callable[[], Fix | None] | None = None,
    ) -> None:
        """Keep a diagnostic, once for each slug and range."""
        if slug not in SLUGS:
            raise KeyError(f"{slug} is missing from the table of slugs")
        if (slug, span) in self._seen:
            return
        self._seen.add((slug, span))
        diagnostic = Diagnostic(
            slug,
            message,
            span,
            label,
            level,
            tuple(labels),
            tuple(values),
            tuple(notes),
            tuple(fixes),
        )
        self._found.append((diagnostic, late))

    def extend(self, diagnostics: Iterable[Diagnostic]) -> None:
        """Keep diagnostics of another text, or of the parser."""
        for diagnostic in diagnostics:
            if diagnostic.span is None or (diagnostic.slug, diagnostic.span) not in self._seen:
                if diagnostic.span is not None:
                    self._seen.add((diagnostic.slug, diagnostic.span))
                self._found.append((diagnostic, None))

    @property
    def errors(self) -> bool:
        """Whether there is an error among them."""
        return any(diagnostic.level == "error" for diagnostic, _ in self._found)

    def first(self) -> Diagnostic:
        """The diagnostic found first."""
        return self._found[0][0]

    def finish(self) -> tuple[Diagnostic, ...]:
        """All of them: by text in order of appearance, then by position, innermost first."""
        texts: dict[Source | None, int] = {}
        result = []
        for diagnostic, late in self._found:
            fix = late() if late is not None else None
            if fix is not None:
                diagnostic = _with_fix(diagnostic, fix)
            texts.setdefault(diagnostic.span.source if diagnostic.span else None, len(texts))
            result.append(diagnostic)

        def place(diagnostic: Diagnostic) -> tuple[int, int, int]:
            span = diagnostic.span
            if span is None:
                return (-1, 0, 0)
            return (texts[span.source], span.start, span.end)

        return tuple(sorted(result, key=place))


def _with_fix(diagnostic: Diagnostic, fix: Fix) -> Diagnostic:
    return Diagnostic(
        diagnostic.slug,
        diagnostic.message,
        diagnostic.span,
        diagnostic.label,
        diagnostic.level,
        diagnostic.labels,
        diagnostic.values,
        diagnostic.notes,
        (*diagnostic.fixes, fix),
    )
