"""Named expressions, expanded where they are read: `let`s, and arguments of functions.

An expansion may demand structure (an `exact`, a row of a table) and may need the conditions around
its reader to be legal. So it is lowered once for all readers where it needs and demands nothing,
and once for each path otherwise. A `let` is *demanded*: what it needs holds wherever its own guard
does, whether or not anything reads it, so one lowering under that guard serves every reader.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from archwright.dsl.diagnostics import ArchError

from ..recurrence import TooDeepHere
from .logic import Truth
from .values import MISSING, Lowered

if TYPE_CHECKING:
    from .core import Lowering, Post


class Definition:
    """A named expression.

    Parameters
    ----------
    compute : callable
        Lowers the expression under a path.
    path : bool or Expr
        The conditions around the definition itself.
    demanded : bool
    """

    __slots__ = ("_at", "_compute", "_demanded", "_lowering", "_path", "_plain", "_tried")

    def __init__(
        self,
        lowering: Lowering,
        compute: Callable[[Truth], Lowered],
        path: Truth,
        *,
        demanded: bool = False,
    ) -> None:
        self._lowering = lowering
        self._demanded = demanded
        self._compute = compute
        self._path = path
        self._tried = False
        self._plain: Lowered = MISSING
        self._at: dict[int, tuple[Lowered, list[Post]]] = {}

    def known(self, path: Truth) -> bool:
        """Whether the value for a reader under a path was worked out before."""
        return self._plain is not MISSING or _key(path) in self._at

    def read(self, path: Truth) -> Lowered:
        """The value for a reader under a path."""
        if self._plain is not MISSING:
            return self._plain
        key = _key(path)
        if key in self._at:
            value, posts = self._at[key]
            self._lowering.posts.extend(posts)
            return value
        if not self._tried:
            self._tried = True
            try:
                with self._lowering.trial() as posts:
                    value = self._compute(self._path)
            except TooDeepHere:
                self._tried = False
                raise
            except ArchError as error:  # perhaps legal where its readers stand
                if key == _key(self._path) or (self._demanded and not _unguarded(error)):
                    raise
            else:
                if self._demanded:
                    self._lowering.demanded.extend((self, post) for post in posts)
                if self._demanded or not posts:
                    self._plain = value
                    return value
        with self._lowering.trial() as posts:
            value = self._compute(path)
        self._lowering.posts.extend(posts)
        self._at[key] = value, posts
        return value

    def demand(
        self, read: Callable[[], Lowered] | None = None, *, everywhere: bool = False
    ) -> None:
        """Lower a demanded definition where nothing reads it, or let `read` do so.

        What reads an inactive choice is guarded by its readers, and has no structure of its own;
        with `everywhere` that is an error, for what says `exact` must say where it holds.
        """
        if everywhere or (self._plain is MISSING and not self._tried):
            try:
                self.read(self._path) if read is None else read()
            except ArchError as error:
                if everywhere or not _unguarded(error):
                    raise


def _unguarded(error: ArchError) -> bool:
    return all(d.slug == "unguarded-read" for d in error.diagnostics)


def _key(path: Truth) -> int:
    return -1 - path if isinstance(path, bool) else path.node
