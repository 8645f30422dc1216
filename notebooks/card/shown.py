"""The spec card as HTML: what a spec states, how large it is, and its text with what is wrong.

A spec's card has no live view: there is nothing to touch but folds, and those need no script.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from html import escape

from archwright.dsl.diagnostics import Diagnostic
from archwright.dsl.source import Source
from archwright.interpreter.answers import Shown, shown_text
from archwright.interpreter.card.written import Card, Entry
from archwright.notebooks.faces import Face, fold
from archwright.notebooks.source.painted import Mark, coloured, painted

STYLES = ("source/source.css", "card/card.css")
LONG = 12  # entries that are shown unfolded


def face(
    card: Card,
    text: str,
    source: Source,
    warnings: Iterable[Diagnostic] = (),
    bound_to: Mapping[str, Shown] | None = None,
) -> Face:
    """Both still faces of a spec, or of one bound to inputs; `text` is the first."""
    return Face(text, _body(card, source, list(warnings), bound_to), STYLES)


def _body(
    card: Card, source: Source, warnings: list[Diagnostic], bound_to: Mapping[str, Shown] | None
) -> str:
    mode = f" ({card.mode})" if card.mode in ("lex", "pareto") else ""
    values = {name: shown_text(value) for name, value in (bound_to or {}).items()}
    parts = [
        f'<div class="aw-card-head"><strong>{escape(card.spec)}</strong>{_counts(card)}</div>',
        _size(card),
        _part("parameters", card.parameters, lambda e: _parameter(e, values.get(e.name))),
        _part("choices", card.choices, _choice),
        _part("constraints", card.constraints, _condition),
        _part("preferences", card.preferences, _condition),
        _part(f"goals{mode}", card.goals, _goal),
        _part("tables", card.tables, _table, is_open=False),
        _part("hardware", card.hardware, _record, is_open=False),
        _part("networks", card.networks, _network, is_open=False),
        _part("ops", card.ops, _line, is_open=False),
        _part("functions", card.functions, _line, is_open=False),
        _part("schemas", card.schemas, _line, is_open=False),
        _part("imports", card.imports, _import, is_open=False),
        "".join(f'<div class="aw-quiet">{escape(note)}</div>' for note in card.notes),
        _source(source, warnings),
    ]
    return f'<div class="aw-card">{"".join(parts)}</div>'


def _counts(card: Card) -> str:
    """How many of what: `4 parameters · 14 choices · 3 constraints · maximize capacity`."""
    said = [
        f"{len(entries)} {word if len(entries) != 1 else word[:-1]}"
        for word, entries in (
            ("parameters", card.parameters),
            ("choices", card.choices),
            ("constraints", card.constraints),
        )
        if entries
    ]
    said += [f"{goal.details['sense']} {goal.name}" for goal in card.goals[:3]]
    return f' <span class="aw-quiet">{escape(" · ".join(said))}</span>' if said else ""


def _size(card: Card) -> str:
    if card.raw_size is None or not card.choices:
        return ""
    cells = [("combinations of values", card.raw_size)]
    if card.count is not None:
        cells.append(("solutions, counted exactly", card.count))
    shown = "".join(
        f'<div><span class="aw-figure">{_large(value)}</span> '
        f'<span class="aw-quiet">{label}</span></div>'
        for label, value in cells
    )
    return f'<div class="aw-figures">{shown}</div>'


def _large(number: int) -> str:
    """All digits of up to 25, grouped; else the first ones and the power of ten."""
    digits = str(number)
    if len(digits) <= 25:
        return f"{number:,}".replace(",", "\u202f")
    return f"{digits[0]}.{digits[1:4]} × 10<sup>{len(digits) - 1}</sup>"


def _part(
    title: str, entries: list[Entry], row: Callable[[Entry], str], is_open: bool = True
) -> str:
    if not entries:
        return ""
    body = f"<table>{''.join(map(row, entries))}</table>"
    return fold(title, body, is_open=is_open and len(entries) <= LONG, count=len(entries))


def _row(*cells: str) -> str:
    return f"<tr>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>"


def _name(entry: Entry) -> str:
    return f'<code class="aw-name">{escape(entry.name)}</code>'


def _code(text: object) -> str:
    return f"<code>{coloured(str(text))}</code>"


def _quiet(text: object) -> str:
    return f'<span class="aw-quiet">{escape(str(text))}</span>'


def _parameter(entry: Entry, value: str | None) -> str:
    """Name, value or default, domain; a value that differs from the default is told apart."""
    default = entry.details.get("default")
    if value is None:
        now = _quiet("to be given") if default is None else f"<code>{escape(str(default))}</code>"
    else:
        now = f"<strong><code>{escape(value)}</code></strong>"
    return _row(_name(entry), now, _code(entry.text))


def _choice(entry: Entry) -> str:
    members, values = entry.details.get("members"), entry.details.get("values")
    when = entry.details.get("when")
    told = []
    if values is not None:
        many = f"{members} × " if members != 1 else ""
        told.append(f"{many}{values} values")
    if when:
        told.append(f"when {when}")
    return _row(_name(entry), _code(entry.text), _quiet(", ".join(told)))


def _condition(entry: Entry) -> str:
    where, weight = entry.details.get("where"), entry.details.get("weight")
    because = entry.details.get("because")
    condition = _code(entry.text)
    condition += f" <span class='aw-quiet'>where</span> {_code(where)}" if where else ""
    condition += f" <span class='aw-quiet'>weight</span> {_code(weight)}" if weight else ""
    condition += f'<div class="aw-quiet">{escape(str(because))}</div>' if because else ""
    return _row(_name(entry), condition)


def _goal(entry: Entry) -> str:
    named = "" if entry.name == entry.text else f'<code class="aw-name">{escape(entry.name)}</code>'
    arrow = "↑" if entry.details["sense"] == "maximize" else "↓"
    return _row(f"{arrow} {escape(str(entry.details['sense']))}", named, _code(entry.text))


def _table(entry: Entry) -> str:
    rows = entry.details.get("rows")
    told = [str(entry.details["source"])] + ([f"{rows} rows"] if rows is not None else [])
    told += ["partial"] if entry.details.get("partial") else []
    return _row(_name(entry), _code(entry.text), _quiet(", ".join(told)))


def _record(entry: Entry) -> str:
    known = entry.details.get("fields")
    given = _quiet("given") if entry.details["given"] else ""
    return _row(_name(entry), f"{_code(entry.text)} {given}{_values(known)}")


def _network(entry: Entry) -> str:
    layers, at = entry.details.get("layers"), entry.details.get("at")
    said = "" if layers is None else f"{layers} layers" + (f" at {at}" if at else "")
    return _row(_name(entry), f"{_code(entry.text)} {_quiet(said)}", "") + (
        _row("", _values(entry.details.get("totals"))) if layers is not None else ""
    )


def _values(known: object) -> str:
    if not isinstance(known, dict) or not known:
        return ""
    said = " · ".join(f"{name} = {shown_text(value)}" for name, value in known.items())
    return f'<div class="aw-quiet">{escape(said)}</div>'


def _line(entry: Entry) -> str:
    return _row(_name(entry), _code(entry.text))


def _import(entry: Entry) -> str:
    given = entry.details.get("with")
    said = f" with {', '.join(given)}" if isinstance(given, list) else ""
    return _row(_name(entry), _code(entry.text) + _quiet(said))


def _source(source: Source, warnings: list[Diagnostic]) -> str:
    """The whole text, folded; open where there is a warning to see."""
    marks = [
        Mark(d.span, "warning", d.message) for d in warnings if d.span and d.span.source is source
    ]
    said = "".join(
        f'<div class="aw-warned">! line {d.span.line}: {escape(d.message)}</div>'
        for d in warnings
        if d.span and d.span.source is source
    )
    lines = len(source.text.splitlines())
    text = said + painted(source, marks, whole=lines <= 2000)
    return fold("source", text, is_open=bool(marks), count=lines)
