"""What `archwright doc` prints of what is no file: built-in functions, standard modules."""

from __future__ import annotations

from dataclasses import replace

from archwright.dsl import nodes
from archwright.dsl.builtin_pages import builtin_pages
from archwright.dsl.diagnostics import ArchError, Diagnostic, Fix, did_you_mean
from archwright.dsl.load import standard, standard_modules
from archwright.dsl.source import Span
from archwright.dsl.spec import Spec
from archwright.dsl.suggest import nearest
from archwright.dsl.types import Num, RecordType
from archwright.interpreter.answers import shown
from archwright.interpreter.bind import bind
from archwright.interpreter.card.written import card

from . import text
from .summary import shown_card


def known(topic: str) -> bool:
    """Whether a word is the name of a built-in function, or looks like a standard module."""
    return topic in builtin_pages() or topic.startswith("std.")


def unknown(topic: str) -> ArchError | None:
    """What to say of a word that is neither a file nor a built-in function, but may mean one."""
    guess = nearest(topic, builtin_pages()) if topic.isidentifier() else None
    if guess is None:
        return None
    message = f"there is no file and no built-in function called `{topic}`"
    return ArchError(Diagnostic("file-not-found", message, None, fixes=did_you_mean(guess)))


def described(topic: str) -> str:
    """The page of a built-in function, `sum`, or of a standard module, `std.gpu`.

    Raises
    ------
    ArchError
        `unknown-module`.
    """
    if topic in builtin_pages():
        return builtin_pages()[topic]
    if topic not in standard_modules():
        guess = nearest(topic, standard_modules())
        raise ArchError(
            Diagnostic(
                "unknown-module",
                f"the standard library has no module `{topic}`",
                None,
                notes=(f"it has {', '.join(standard_modules())}",),
                fixes=(Fix(f"did you mean `{guess}`?"),) if guess else (),
            )
        )
    spec = standard(topic)
    stated = shown_card(replace(card(spec), hardware=[]))  # which are told at length below
    first = comment_above(spec.file.items[0].span) or topic
    return "\n\n".join([first, stated, *records(spec)])


def records(spec: Spec) -> list[str]:
    """The hardware records of a spec that needs no inputs: sources, fields, remarks on them.

    The comment above a record is its description; the comment behind a field is shown with it.
    """
    found = []
    for name, fields in bind(spec).records.items():
        node = spec.names[name]
        assert isinstance(node, nodes.Hardware)
        type_ = spec.types[node]
        assert isinstance(type_, RecordType)
        remarks = _remarks(spec, node)
        lines = []
        for field, value in fields.items():
            field_type = type_.fields[field]
            dimension = field_type.dimension if isinstance(field_type, Num) else None
            lines.append(
                f"  {field} = {text.value(shown(value, dimension))}{remarks.get(field, '')}"
            )
        base = ".".join(part.text for part in node.base or ())
        head = f"hardware {name}" + (f" is {base}" if base else "")
        found.append("\n".join([*_commented(comment_above(node.span)), head, *lines]))
    return found


def _remarks(spec: Spec, node: nodes.Hardware) -> dict[str, str]:
    """What stands behind the settings of a record and of those it is made from."""
    remarks = {}
    if node.base and len(node.base) == 1:
        base = spec.names.get(node.base[0].text)
        if isinstance(base, nodes.Hardware):
            remarks = _remarks(spec, base)
    for setting in node.settings:
        span = setting.span
        rest = span.source.line(span.source.position(span.end)[0]).partition("#")[2].strip()
        remarks[setting.name.text] = f"   # {rest}" if rest else ""
    return remarks


def comment_above(span: Span) -> str:
    """The comment lines directly above a place, without their marks."""
    lines: list[str] = []
    number = span.line - 1
    while number >= 1 and span.source.line(number).startswith("#"):
        lines.insert(0, span.source.line(number).lstrip("#").strip())
        number -= 1
    return "\n".join(lines)


def _commented(description: str) -> list[str]:
    return [description] if description else []
