"""Documents: a text with the places where its lines may break.

After Philip Wadler, "A prettier printer" (2003), with the fill of Daan Leijen's library. A group
is set flat, its breaks as spaces, where it fits on the rest of the line; else all of its own
breaks become line ends.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TypeAlias


@dataclass(slots=True)
class Comment:
    """A comment of the text.

    Attributes
    ----------
    text : str
        From its `#` on.
    behind : bool
        Whether something stands before it on its line.
    under : bool
        Whether it goes on below a comment behind something, in the same column.
    blank : bool
        Whether a blank line stands above it.
    """

    text: str
    behind: bool
    under: bool = False
    blank: bool = False


@dataclass(slots=True, eq=False)
class Word:
    """A token with the comments that stand before it.

    Attributes
    ----------
    blank : bool
        Whether a blank line stands directly above.
    broken : bool
        Whether it is not on the line of the token before.
    """

    text: str
    comments: list[Comment]
    blank: bool
    broken: bool


@dataclass(slots=True)
class Break:
    """A place where a line may end.

    Attributes
    ----------
    flat : str
        What stands here if the line goes on.
    hard : bool
        Whether the line always ends.
    blank : bool
        Whether a blank line follows; of hard ones.
    instead : Group or None
        If that group was broken, the line goes on here.
    """

    flat: str = " "
    hard: bool = False
    blank: bool = False
    instead: Group | None = None


@dataclass(slots=True)
class Group:
    """Flat if it fits, broken at all of its own breaks if not."""

    inner: Document
    broken: bool = False  # known once it is set


@dataclass(slots=True)
class Fill:
    """Parts that share lines as far as they fit; `between` any two stands what holds a break."""

    parts: list[Document]
    between: list[Document] = field(default_factory=list)


@dataclass(slots=True)
class Indent:
    """Lines that begin in here are indented by more than the line around."""

    by: int
    inner: Document


@dataclass(slots=True)
class Align:
    """Lines that begin in here stand below its first character."""

    inner: Document


@dataclass(slots=True)
class Tab:
    """A space that grows so that what follows stands in one column with its neighbours.

    Attributes
    ----------
    column : str
        Its name; neighbours share columns of one name.
    ends : bool
        Whether it is a break as well.
    """

    column: str
    ends: bool = False


@dataclass(slots=True)
class Entry:
    """What takes lines of its own; neighbours of one kind share their columns."""

    kind: str
    inner: Document


@dataclass(slots=True)
class Chain(Align):
    """Operands of one precedence, aligned; where it stands behind `=`, its operators are.

    Attributes
    ----------
    level : str
        The precedence.
    parts, between : list of Document
        What the group or fill inside is made of, so that it can grow.
    """

    level: str
    parts: list[Document]
    between: list[Document]


Document: TypeAlias = (
    "str | Word | Comment | Break | Group | Fill | Indent | Align | Tab | Entry | list[Document]"
)

LINE = Break()
SOFT = Break("")
HARD = Break(hard=True)
BLANK = Break(hard=True, blank=True)


def first_word(document: Document) -> Word | None:
    """The token that a document begins with."""
    while not isinstance(document, Word):
        match document:
            case Group() | Indent() | Align() | Entry():
                document = document.inner
            case Fill():
                document = document.parts[0]
            case list():
                document = document[0]
            case _:
                return None
    return document


def before(document: Document, end: Break = LINE) -> list[Document]:
    """A break before a document; the comment behind what precedes stays there."""
    word = first_word(document)
    found: list[Document] = []
    if word is not None and word.comments and word.comments[0].behind:
        found.append(word.comments.pop(0))
        while word.comments and word.comments[0].under:
            found.append(word.comments.pop(0))
    return [*found, end]


def spaced(documents: Iterable[Document | None]) -> list[Document]:
    """What is there, with a space between any two."""
    found: list[Document] = []
    for document in documents:
        if document is not None:
            if found:
                found.append(" ")
            found.append(document)
    return found
