"""The page of each built-in function: a section of `builtins.md`, which is also documentation."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType

_HEAD = re.compile(r"^## (\w+)\n", re.MULTILINE)
_LINK = re.compile(r"\[([^\]]+)\]\([^)]+\)")
_FENCE = re.compile(r"^```(\w*)[^\n]*\n(.*?)^```\n", re.MULTILINE | re.DOTALL)


@cache
def builtin_pages() -> Mapping[str, str]:
    """What each built-in function does, by its name, as plain text.

    Examples
    --------
    >>> builtin_pages()["abs"].splitlines()[0]
    '`abs(e)`: the number without its sign.'
    """
    text = files("archwright.dsl").joinpath("builtins.md").read_text(encoding="utf-8")
    _, *parts = _HEAD.split(text)
    return MappingProxyType(
        {name: _plain(body) for name, body in zip(parts[::2], parts[1::2], strict=True)}
    )


def _plain(section: str) -> str:
    """A section without what only a browser shows: links, fences."""
    section = _LINK.sub(r"\1", section)
    return _FENCE.sub(lambda block: _indented(block[2]), section).strip()


def _indented(lines: str) -> str:
    return "".join(f"    {line}".rstrip() + "\n" for line in lines.splitlines())
