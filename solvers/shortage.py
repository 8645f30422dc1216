"""Questions that run out of memory end like those that are stopped: with a clear word."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from .control import Stopped

Given = ParamSpec("Given")
Answer = TypeVar("Answer")


class OutOfMemory(Stopped):
    """There was no room for what a question needed; nothing was proved."""


def frugal(question: Callable[Given, Answer]) -> Callable[Given, Answer]:
    """The question with `OutOfMemory` in place of Python's bare MemoryError."""

    @wraps(question)
    def asked(*args: Given.args, **options: Given.kwargs) -> Answer:
        try:
            return question(*args, **options)
        except MemoryError as error:
            detail = f" ({error})" if str(error) else ""
            name = question.__name__.replace("_", " ")
            raise OutOfMemory(
                f"stopped: memory ran out in `{name}`{detail}; nothing was proved"
            ) from error

    return asked
