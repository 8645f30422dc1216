"""The faces of an explorer that need no front end: what is fixed, open and impossible now."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from html import escape

from archwright.interpreter.answers import shown_text
from archwright.notebooks.faces import Face, fold

from .controls import ChoiceControl, Family
from .snapshot import IMPOSSIBLE, ChoiceState, Snapshot, spans_of

VALUES = 24  # that are listed; of more only intervals
LONG = 60  # choices of a space; more are folded
WIDE = 110  # characters of a grid, about


def face(now: Snapshot) -> Face:
    """The text and the HTML face of a moment."""
    return Face(text(now), html(now), ("explorer/explorer.css",))


def text(now: Snapshot) -> str:
    """The moment in lines that do not change from run to run."""
    lines = [f"explorer of {now.layout.spec}: {now.sentence}"]
    lines += _block("parameters", _parameters(now))
    for space in now.layout.spaces:
        rows = [line for family in space.families for line in _family(now, family)]
        lines += _block(f"space {space.name}", rows)
    if now.state.off:
        lines += _block("switched off", sorted(now.state.off))
    if now.why is not None:
        lines += [now.why.sentence, *(f"  {line}" for line in _reasons(now))]
    elif now.best is not None:
        proved = "" if now.best.proved else " (the best so far, not proved)"
        goals = ", ".join(f"{name} {value}" for name, value in now.best.goals)
        lines.append(f"best completion: {goals}{proved}" if goals else "a completion is known")
    lines.append(now.number)
    return "\n".join(lines)


def _block(title: str, lines: Iterable[str]) -> list[str]:
    inner = [f"  {line}" for line in lines]
    return [title, *inner] if inner else []


def _parameters(now: Snapshot) -> Iterator[str]:
    for control in now.layout.parameters:
        value = now.state.parameters.get(control.name, control.now)
        changed = " (changed)" if control.name in now.state.parameters else ""
        yield f"{control.name} = {shown_text(value)}{changed}"


def _reasons(now: Snapshot) -> Iterator[str]:
    if now.why is not None:
        for member in now.why.members:
            yield f"{member.instance}: {member.reason or member.text}"
        for change, _ in now.why.repairs or ():
            yield f"repair: {change}"


def _family(now: Snapshot, family: Family) -> Iterator[str]:
    """One line for all members of which the same is known: `k[1, 1 2], k[2, 1]: 3 5 ~7~`."""
    alike: dict[str, list[str]] = {}
    for place in family.members:
        control = now.layout.choices[place]
        told = _choice(control, now.choices[place])
        alike.setdefault(told, []).append(control.key)
    for told, keys in alike.items():
        if len(keys) == len(family.members) > 1:
            yield f"{family.name}[*]{told}   ({len(keys)} choices)"
        elif len(keys) > 4:
            yield f"{keys[0]} .. {keys[-1]}{told}   ({len(keys)} of {len(family.members)} choices)"
        else:
            yield f"{', '.join(keys)}{told}"


def _choice(control: ChoiceControl, now: ChoiceState) -> str:
    if now.fixed is not None:
        mark = now.marks[now.fixed : now.fixed + 1]
        return f" = {control.text(now.fixed)}" + (" (impossible)" if mark == IMPOSSIBLE else "")
    if not now.active:
        return f": no choice here ({control.guard})"
    if now.marks and control.size <= VALUES:
        values = range(control.size)
        left = [control.text(p) for p in values if now.marks[p] != IMPOSSIBLE]
        gone = [control.text(p) for p in values if now.marks[p] == IMPOSSIBLE]
        return f": {' '.join(left) or 'nothing'}" + (f"   not {' '.join(gone)}" if gone else "")
    spans = list(now.spans or spans_of(now.marks))
    shown = [
        control.text(a) if a == b else f"{control.text(a)} .. {control.text(b)}"
        for a, b in spans[:6]
    ]
    more = f", {len(spans) - 6} more intervals" if len(spans) > 6 else ""
    return f": {', '.join(shown) or 'nothing'}{more}"


# ------------------------------------------------------------------------------------------- HTML


def html(now: Snapshot) -> str:
    """The same as HTML without script: impossible values struck through, fixed ones bold."""
    name = f'<strong>{escape(now.layout.spec)}</strong> <span class="aw-quiet">explorer</span>'
    best = ""
    if now.best is not None and now.why is None:
        goals = " · ".join(
            f"{escape(name)} <strong>{escape(value)}</strong>" for name, value in now.best.goals
        )
        proved = "proved best" if now.best.proved else "the best so far"
        best = f'<div>{goals} <span class="aw-quiet">{proved}</span></div>' if goals else ""
    head = (
        f"<div>{name} · <strong>{escape(now.number)}</strong></div>"
        f'<div class="aw-quiet">{escape(now.sentence)}</div>{best}'
    )
    parts = [head]
    if now.why is not None:
        lines = "".join(f"<li>{escape(line)}</li>" for line in _reasons(now))
        parts.append(f"<div>{escape(now.why.sentence)}<ul>{lines}</ul></div>")
    rows = "".join(
        f"<tr><th>{escape(c.name)}</th><td>"
        f"{escape(shown_text(now.state.parameters.get(c.name, c.now)))}</td>"
        f'<td class="aw-quiet">{escape(c.domain)}</td></tr>'
        for c in now.layout.parameters
    )
    if rows:
        parts.append(fold("parameters", f"<table>{rows}</table>", count=len(now.layout.parameters)))
    for space in now.layout.spaces:
        count = sum(len(family.members) for family in space.families)
        families = "".join(_family_html(now, family) for family in space.families)
        body = f'<div class="aw-x-families aw-x-still">{families}</div>'
        parts.append(fold(f"space {space.name}", body, is_open=count <= LONG, count=count))
    constraints = now.layout.constraints
    shown = "".join(
        f"<tr><td>{'off' if c.name in now.state.off else 'on'}</td>"
        f"<th>{escape(c.name)}</th><td><code>{escape(c.text)}</code></td></tr>"
        for c in constraints
        if c.text or c.name in now.state.off
    )
    if shown:
        parts.append(fold("constraints", f"<table>{shown}</table>", is_open=False))
    return "".join(parts)


def _family_html(now: Snapshot, family: Family) -> str:
    """A family as the page draws it: one control, a row by index, or a grid by two indices."""
    controls = now.layout.choices
    told = family.domain + (f" when {family.guard}" if family.guard else "")
    head = (
        f"<div><strong><code>{escape(family.name)}</code></strong> "
        f'<span class="aw-quiet">{escape(told)}</span></div>'
    )
    cells: dict[str, dict[str, str]] = {}
    for place in family.members:
        *outer, last = controls[place].indices or ("",)
        shown = _values(controls[place], now.choices[place])
        cells.setdefault(", ".join(outer), {})[last] = shown
    columns = list(dict.fromkeys(name for row in cells.values() for name in row))
    widest = max(_width(controls[place]) for place in family.members)
    if len(columns) * widest > WIDE or (len(cells) == 1 and len(columns) > 1):
        flow = "".join(
            f'<span class="aw-x-cell"><span class="aw-x-index">{escape(_joined(row, last))}</span>'
            f"{shown}</span> "
            for row, members in cells.items()
            for last, shown in members.items()
        )
        return f'<div class="aw-x-family">{head}<div class="aw-x-flow">{flow}</div></div>'
    top = "".join(f"<th>{escape(name)}</th>" for name in columns)
    rows = ""
    for row, members in cells.items():
        cell = "".join(f"<td>{members.get(name, '')}</td>" for name in columns)
        rows += f"<tr><th>{escape(row)}</th>{cell}</tr>"
    names = f"<tr><th></th>{top}</tr>" if any(columns) else ""
    return f'<div class="aw-x-family">{head}<table>{names}{rows}</table></div>'


def _width(control: ChoiceControl) -> int:
    if control.size > VALUES:
        return 20
    return sum(len(control.text(place)) + 3 for place in range(control.size))


def _joined(row: str, last: str) -> str:
    return f"{row}, {last}" if row else last


def _values(control: ChoiceControl, now: ChoiceState) -> str:
    """The values side by side; a mark of its own for each state where styles are refused."""
    if not now.marks or control.size > VALUES:
        return f"<span>{escape(_choice(control, now).removeprefix(':').strip())}</span>"
    shown = []
    for place, mark in enumerate(now.marks):
        value = escape(control.text(place))
        kind = "p" if now.exact and mark != IMPOSSIBLE else mark
        classes = f"aw-x-v aw-x-{kind}"
        if place == now.fixed:
            value, classes = f"<strong>{value}</strong>", f"{classes} aw-x-fixed"
        if place == now.best:
            classes += " aw-x-best"
        tag = "s" if mark == IMPOSSIBLE else "span"
        shown.append(f'<{tag} class="{classes}">{value}</{tag}>')
    none = "" if now.active else " aw-x-none"
    return f'<span class="aw-x-group{none}">{"".join(shown)}</span>'
