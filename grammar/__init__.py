"""The grammar of `.arch` as data: rules, reserved words, one wrong snippet per syntax error."""

from __future__ import annotations

from functools import cache
from pathlib import Path

__all__ = ["RESERVED", "rules"]

# Words that may not be names; every other keyword may. One pass of the parser refuses them.
# fmt: off
RESERVED = frozenset((
    "arch", "if", "then", "else", "and", "or", "not", "in", "for", "where", "when", "true",
    "false", "divides", "implies", "iff", "tensor",
))
# fmt: on


@cache
def rules() -> str:
    """The text of `arch.lark`."""
    return Path(__file__).with_name("arch.lark").read_text(encoding="utf-8")
