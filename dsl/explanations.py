"""The page of each slug: what it means, why the language has it, a wrong example and a right one.

A page is `pages/SLUG.md`. Its first paragraphs explain; fenced blocks behind them are the
examples. A fence says what its block is::

    ```arch wrong        the spec that is told of, with `python wrong` where Python has to ask
    ```text told         what is said of it
    ```arch right        one that is accepted
    ```arch as x.arch    a file beside them; `csv as x.csv`; `python before` makes others

Tests run the examples, so that what is shown as told is what is told.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from textwrap import indent

from .slugs import SLUGS
from .suggest import nearest

_FENCE = re.compile(r"^```(\w+) ([^\n]+)\n(.*?)^```$\n?", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Block:
    """An example of a page, or a part of one.

    Parameters
    ----------
    language : str
        `arch`, `csv`, `python` or `text`.
    role : str
        `wrong`, `told`, `right`, `before`, or `as` and the name of a file.
    """

    language: str
    role: str
    text: str


@dataclass(frozen=True)
class Page:
    """The explanation of one slug."""

    slug: str
    meaning: str
    text: str
    blocks: tuple[Block, ...]

    def block(self, role: str, language: str | None = None) -> str | None:
        """The text of a block, if the page has it."""
        found = (b for b in self.blocks if b.role == role and language in (None, b.language))
        return next((b.text for b in found), None)

    def __str__(self) -> str:
        parts = [f"{self.slug}: {self.meaning}", self.text]
        for block in self.blocks:
            title = f"{block.role}, in Python" if block.language == "python" else block.role
            parts.append(f"{title.replace('as ', 'file ', 1)}:\n\n{indent(block.text, '    ')}")
        return "\n\n".join(part.rstrip("\n") for part in parts)

    def to_json(self) -> dict[str, object]:
        """Plain data, as `archwright explain-error --json` prints it."""
        blocks = [{"language": b.language, "role": b.role, "text": b.text} for b in self.blocks]
        return {
            "slug": self.slug,
            "meaning": self.meaning,
            "text": self.text,
            "blocks": blocks,
        }


@cache
def page(slug: str) -> Page:
    """The page of a slug.

    Raises
    ------
    KeyError
        With a sentence that suggests another slug, if there is none of this name.
    """
    if slug not in SLUGS:
        guess = nearest(slug, SLUGS)
        hint = f"; did you mean `{guess}`?" if guess is not None else ""
        raise KeyError(f"no diagnostic has the slug `{slug}`{hint}")
    text = files("archwright.dsl").joinpath("pages", f"{slug}.md").read_text(encoding="utf-8")
    body = text.partition("\n")[2]
    blocks = tuple(Block(*match.groups()) for match in _FENCE.finditer(body))
    return Page(slug, SLUGS[slug], body.partition("```")[0].strip(), blocks)
