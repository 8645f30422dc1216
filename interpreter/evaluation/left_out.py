"""Calls that choices kept out of a network: rounds of a loop, and the way of an `if` not taken.

Nothing of them is executed, so they have no shapes and no costs; what the text alone says of them,
their labels and ops, is worked out when it is asked for.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from archwright.dsl import nodes
from archwright.dsl.source import Span

from ..bound import key_text
from .domains import compile_binders
from .failures import Broken, EvaluationError, Unread
from .frames import Frame, World, outward
from .scope import Scope


@dataclass(frozen=True)
class LeftOut:
    """Statements of a network that did not run because of a choice.

    Attributes
    ----------
    place : int
        How many calls of the network came before.
    values : dict
        The local values there, such as those of binders.
    """

    place: int
    body: Sequence[nodes.Statement]
    scope: Scope
    world: World
    values: dict[Any, Any]

    def calls(self) -> Iterator[tuple[str, str, Span]]:
        """The label, the op and the range of each call; one without a label has its op's name."""
        yield from _calls(self.body, self.scope, Frame(self.world, dict(self.values)))


def note(frame: Frame, before: int, body: Sequence[nodes.Statement], scope: Scope) -> None:
    """Remember what does not run, if the network's own text leaves it out and a choice says so.

    `before` is how many choices had been read before the condition was worked out.
    """
    call = frame.call
    if body and call is not None and not call.path and frame.world.reads != before:
        place = len(call.parts)
        call.left_out.append(LeftOut(place, body, scope, frame.world, dict(frame.values)))


def _calls(
    body: Sequence[nodes.Statement], scope: Scope, frame: Frame
) -> Iterator[tuple[str, str, Span]]:
    lets = [statement for statement in body if isinstance(statement, nodes.Let)]
    if lets:
        slot = object()
        scope, _ = scope.block(lets, slot)
        frame.values[slot] = {}
    for statement in body:
        match statement:
            case nodes.Bind(value=nodes.Call() | nodes.Comprehension() as value):
                op = value.function.span.text.rpartition(".")[2]
                yield _label(statement, scope, frame) or op, op, value.span
            case nodes.Loop():
                steps, inner = compile_binders(statement.binders, None, scope)
                guard = None if statement.guard is None else inner.expression(statement.guard)
                for _ in steps(frame):
                    try:
                        runs = guard is None or guard(frame)
                    except (Broken, EvaluationError, Unread):
                        runs = True  # what it reads is left out, too: no value says it would not
                    if runs:
                        yield from _calls(statement.body, inner, frame)
            case nodes.Branch():
                yield from _calls(statement.then, scope, frame)
                yield from _calls(statement.otherwise, scope, frame)


def _label(node: nodes.Bind, scope: Scope, frame: Frame) -> str | None:
    if node.label is None:
        return None
    indices = [scope.expression(i) for i in node.label_indices]
    return key_text(node.label.text, tuple(outward(i(frame)) for i in indices))
