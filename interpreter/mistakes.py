"""What to say about inputs that do not fit a spec: parameters, tables, records."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from fractions import Fraction

from archwright.dsl import nodes
from archwright.dsl.diagnostics import ArchError, Diagnostic, Fix, Label, did_you_mean
from archwright.dsl.diagnostics import Value as Shown
from archwright.dsl.source import Span
from archwright.dsl.suggest import nearest
from archwright.dsl.units import PLAIN, Dimension, format_quantity

from .bound import BoundTable, Key
from .evaluation.failures import Broken, Undefined
from .values import Enumerator, Value

SHOWN = 12


def value_text(value: Value, dimension: Dimension | None = None) -> str:
    """A value as the spec would write it."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Enumerator):
        return value.name
    return format_quantity(value, dimension or PLAIN)


def unknown(slug: str, kind: str, name: str, known: Iterable[str], span: Span | None) -> Diagnostic:
    """A name from Python that the spec does not declare."""
    names = list(known)
    guess = nearest(name, names)
    listed = ", ".join(f"`{n}`" for n in names[:SHOWN]) + (", ..." if len(names) > SHOWN else "")
    notes = (f"it has {listed}",) if names else (f"it has no {kind} at all",)
    return Diagnostic(
        slug,
        f"the spec has no {kind} called `{name}`",
        span,
        "in this spec" if span is not None and span.text.startswith("arch") else "",
        notes=() if guess else notes,
        fixes=did_you_mean(guess),
    )


def out_of_domain(
    name: str,
    value: Value,
    domain: nodes.Node,
    dimension: Dimension | None,
    legal: Sequence[Value],
    span: Span,
    *,
    declared: Span | None = None,
) -> Diagnostic:
    """A value that a parameter or choice does not take; `legal` are nearby values that it does."""
    text = " ".join(domain.span.text.split())
    shown = value_text(value, dimension)
    best = _closest(value, legal)
    nearest_one = "" if best is None else f"`{name} = {value_text(best, dimension)}`"
    fix = (Fix(f"{nearest_one}, which is the nearest"),) if nearest_one else ()
    written = declared is not None and declared != span
    labels = (Label(declared, "declared here"),) if written and declared is not None else ()
    return Diagnostic(
        "out-of-domain",
        f"`{name}` cannot be {shown}: its domain is {text}",
        span,
        "outside" if written else "declared here",
        labels=labels,
        fixes=fix,
    )


def _closest(value: Value, legal: Sequence[Value]) -> Value | None:
    numbers = [v for v in legal if isinstance(v, Fraction)]
    if isinstance(value, Fraction) and numbers:
        return min(numbers, key=lambda v: (abs(v - value), v))
    return None


def missing_field(name: str, field: str, node: nodes.Node, given: bool) -> ArchError:
    """A record is read where it has nothing."""
    how = (
        f'give it a value: hardware={{"{name}": {{"{field}": ...}}}}'
        if given
        else f"set `{field}` in the braces of `{name}`"
    )
    return ArchError(
        Diagnostic(
            "missing-field",
            f"the record `{name}` has no value for `{field}`",
            node.span,
            "neither set nor derived",
            notes=(how,),
        )
    )


def missing_rows(
    table: BoundTable,
    key: Key,
    node: nodes.Node,
    dimensions: Sequence[Dimension | None],
    count: int = 1,
    needed: int = 1,
) -> Diagnostic:
    """A total table lacks rows that are reachable: `count` of those `needed`, first the key."""
    first = ", ".join(
        f"{name} {value_text(value, dimension)}"
        for name, value, dimension in zip(table.key_names, key, dimensions, strict=True)
    )
    return Diagnostic(
        "missing-row",
        f"`{table.name}` has no row for ({first})",
        node.span,
        notes=(
            f"{count} of {needed} needed rows are missing; "
            "add `partial` to make missing rows forbidden choices",
        ),
    )


@contextmanager
def limits_told() -> Iterator[None]:
    """Tell as a mistake what only the evaluation takes too long for: it shares no work.

    Raises
    ------
    ArchError
    """
    try:
        yield
    except Undefined as wrong:
        if not wrong.limit:
            raise
        raise ArchError([constant_mistake(wrong)]) from None


def constant_mistake(wrong: Broken | Undefined) -> Diagnostic:
    """Something constant has no value, or demands what does not hold."""
    if isinstance(wrong, Undefined):
        notes = (wrong.span.source.limits.note(wrong.limit),) if wrong.limit else ()
        return Diagnostic(wrong.slug, wrong.why, wrong.span, notes=notes)
    values = tuple(Shown(name.text, text) for name, text in wrong.values)
    labels = tuple(Label(span, text) for span, text in wrong.labels)
    return Diagnostic(wrong.slug, wrong.why, wrong.span, labels=labels, values=values)
