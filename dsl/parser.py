"""The LALR(1) parser of `grammar/arch.lark`: built once, kept in the user's cache folder."""

from __future__ import annotations

import contextlib
import hashlib
import io
import os
import pickle
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from archwright.grammar import rules

if TYPE_CHECKING:
    import lark

STARTS = ["start", "rest", "expr"]


class _Words:
    """Lets the contextual lexer read a whole word everywhere.

    Without it `letx = 3` would be read as `let x = 3` where only keywords may stand, because no
    longer word competes with the keyword there.
    """

    always_accept = ("NAME",)

    def process(self, stream: Iterator[lark.Token]) -> Iterator[lark.Token]:
        return stream


def cache_folder() -> Path:
    """Where built parsers are kept: the platform's cache folder, or `ARCHWRIGHT_CACHE`."""
    if chosen := os.environ.get("ARCHWRIGHT_CACHE"):
        return Path(chosen)
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local"
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Caches"
    else:
        base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "archwright"


def build(*, strict: bool = False, transformer: Any = None) -> lark.Lark:
    """Build the parser from the grammar; `strict` also refuses colliding terminals."""
    import lark

    return lark.Lark(
        rules(),
        parser="lalr",
        start=STARTS,
        strict=strict,
        keep_all_tokens=True,
        maybe_placeholders=True,
        transformer=transformer,
        postlex=_Words(),
    )


def _key() -> str:
    import lark

    parts = (rules(), repr(STARTS), lark.__version__, sys.version)
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]


def _restore(data: bytes, transformer: Any) -> lark.Lark:
    import lark

    stored = pickle.loads(data)
    empty = lark.Lark.__new__(lark.Lark)
    return empty._load(stored, transformer=transformer, postlex=_Words())


def _store(built: lark.Lark, file: Path) -> None:
    """Write beside the place and move there, so that nobody reads half a file."""
    buffer = io.BytesIO()
    built.save(buffer, exclude_options=("transformer", "postlex"))
    file.parent.mkdir(parents=True, exist_ok=True)
    handle, draft = tempfile.mkstemp(dir=file.parent, prefix="parser-")
    with os.fdopen(handle, "wb") as stream:
        stream.write(buffer.getvalue())
    os.replace(draft, file)


def parser(transformer: Any) -> lark.Lark:
    """Make a parser whose reductions call `transformer`, from the cache folder where that works.

    A folder that is missing, read-only or holds a damaged file costs the time of a build, nothing
    else.
    """
    try:
        file = cache_folder() / f"parser-{_key()}.pickle"
    except RuntimeError:  # there is no home folder
        return build(transformer=transformer)
    try:
        return _restore(file.read_bytes(), transformer)
    except Exception:  # absent, unreadable, or damaged, which may raise anything
        built = build(transformer=transformer)
    with contextlib.suppress(OSError):
        _store(built, file)
    return built
