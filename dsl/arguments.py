"""Which argument of a call goes to which formal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from . import nodes
from .diagnostics import Label, did_you_mean
from .names import declared
from .report import Report
from .suggest import nearest


@dataclass(frozen=True)
class Place:
    """A formal as the caller sees it."""

    name: str
    optional: bool = False
    many: bool = False  # takes all remaining arguments without a name


def match(
    call: nodes.Call, places: Sequence[Place], report: Report, declaration: nodes.Node | None = None
) -> list[tuple[int, nodes.Expr]]:
    """Pairs of formal and argument, in order of the arguments; reports what does not match."""
    result: list[tuple[int, nodes.Expr]] = []
    filled: dict[int, nodes.Argument] = {}
    name = call.function.span.text
    labels: tuple[Label, ...] = ()
    if declaration is not None:
        labels = (Label(declared(declaration).span, "declared here"),)
    position = 0
    excess = wrong = False
    for argument in call.arguments:
        if argument.name is None:
            while position < len(places) and position in filled and not places[position].many:
                position += 1
            if position >= len(places):
                excess = True
                continue
            index = position
        else:
            wanted = argument.name.text
            found = [i for i, place in enumerate(places) if place.name == wanted]
            if not found:
                _unknown(report, argument.name, name, places, labels)
                wrong = True
                continue
            index = found[0]
            if index in filled:
                report.add(
                    "duplicate-argument",
                    f"`{wanted}` is given twice to `{name}`",
                    argument.span,
                    "the second one",
                    labels=(Label(filled[index].span, "the first one"),),
                )
                wrong = True
                continue
        filled.setdefault(index, argument)
        result.append((index, argument.value))
    if excess:
        report.add(
            "too-many-arguments",
            f"`{name}` takes {len(places)} argument{'s' * (len(places) != 1)}, "
            f"and {len(call.arguments)} are given",
            call.span,
            labels=labels,
            notes=_formals(places),
        )
    missing = [p.name for i, p in enumerate(places) if i not in filled and not p.optional]
    if missing and not excess and not wrong:
        listed = " and ".join([f"`{m}`" for m in missing])
        report.add(
            "missing-argument",
            f"`{name}` needs {listed} too",
            call.span,
            labels=labels,
            notes=_formals(places),
        )
    return result


def _formals(places: Sequence[Place]) -> tuple[str, ...]:
    if not places:
        return ()
    listed = ", ".join([place.name + " = …" * place.optional for place in places])
    return (f"it takes ({listed})",)


def _unknown(
    report: Report,
    name: nodes.Ident,
    function: str,
    places: Sequence[Place],
    labels: tuple[Label, ...],
) -> None:
    guess = nearest(name.text, [place.name for place in places])
    report.add(
        "unknown-argument",
        f"`{function}` takes no argument called `{name.text}`",
        name.span,
        labels=labels,
        notes=_formals(places),
        fixes=did_you_mean(guess, name.span),
    )
