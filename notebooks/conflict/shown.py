"""A conflict as HTML: its sentence, the painted text, values under the terms, and its repairs."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from html import escape

from archwright.interpreter.answers import ConflictMember, ConflictReport, Repair
from archwright.notebooks.faces import Face
from archwright.notebooks.source.painted import Hung, Mark, painted

STYLES = ("source/source.css", "conflict/conflict.css")


def face(conflict: ConflictReport, text: str) -> Face:
    """Both still faces; `text` is the first."""
    return Face(text, body(conflict) + repairs(conflict), STYLES)


def body(conflict: ConflictReport, in_all: Collection[str] | None = None) -> str:
    """The sentence and the text.

    Parameters
    ----------
    conflict : ConflictReport
    in_all : collection of str, optional
        Instances that are part of every conflict, where more than one is known: only these are
        painted as certain.
    """
    parts = [f'<div class="aw-verdict"><strong>○ {escape(sentence(conflict))}</strong></div>']
    sources = dict.fromkeys(m.span.source for m in conflict.members)
    for source in sources:
        if len(sources) > 1:
            parts.append(f'<div class="aw-quiet">{escape(source.name)}</div>')
        marks = [
            Mark(
                m.span, "certain" if in_all is None or m.instance in in_all else "possible", _why(m)
            )
            for m in conflict.members
        ]
        terms = [Hung(t.span, t.range) for m in conflict.members for t in m.terms]
        parts.append(painted(source, marks, _distinct(terms)))
    parts.append(_members(conflict.members))
    return "".join(parts)


def sentence(conflict: ConflictReport) -> str:
    """What is wrong, in one sentence."""
    names = conflict.instances
    if not names:
        return "Nothing fits, whatever the limits: the choices alone contradict each other"
    if len(names) == 1:
        return f"Nothing fits: {names[0]} cannot hold"
    listed = f"{', '.join(names[:-1])} and {names[-1]}"
    return f"Nothing fits: {listed} cannot hold together"


def _why(member: ConflictMember) -> str:
    return f"{member.instance}: {member.reason}" if member.reason else member.instance


def _distinct(terms: Iterable[Hung]) -> list[Hung]:
    """One note for each place: instances of one constraint have different values there."""
    places: dict[tuple[int, int], Hung] = {}
    texts: dict[tuple[int, int], list[str]] = {}
    for term in terms:
        place = (term.span.start, term.span.end)
        places.setdefault(place, term)
        if term.text not in texts.setdefault(place, []):
            texts[place].append(term.text)
    return [Hung(term.span, " or ".join(texts[place][:3])) for place, term in places.items()]


def _members(members: Sequence[ConflictMember]) -> str:
    rows = "".join(
        f"<tr><td><code>{escape(m.instance)}</code></td><td>{escape(m.reason)}</td></tr>"
        for m in members
        if m.reason
    )
    return f"<table>{rows}</table>" if rows else ""


def repairs(conflict: ConflictReport) -> str:
    """The smallest changes that help, as a list."""
    if not conflict.repairs:
        known = conflict.repairs_complete
        said = "No single change mends it." if known else "Stopped before a repair was found."
        return f'<div class="aw-quiet">{said}</div>'
    items = "".join(f"<li>{words(r.change)}{proof(r)}</li>" for r in conflict.repairs)
    more = "" if conflict.repairs_complete else "<li>… stopped before every change was tried</li>"
    return (
        f'<div class="aw-quiet">What would mend it</div><ul class="aw-repairs">{items}{more}</ul>'
    )


def words(text: str) -> str:
    """A sentence whose names stand in backquotes."""
    parts = [escape(part) for part in text.split("`")]
    return "".join(f"<code>{part}</code>" if i % 2 else part for i, part in enumerate(parts))


def proof(repair: Repair) -> str:
    """The sign that a repair was solved again."""
    return ' <span class="aw-proved">✓ solved again</span>' if repair.verified else ""
