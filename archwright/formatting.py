"""Specs in the one layout there is: texts, and files rewritten in place."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterable
from pathlib import Path

from archwright.dsl.diagnostics import ArchError, Diagnostic
from archwright.dsl.source import Source, Span

# Folders that hold what others wrote.
FOREIGN = {"site-packages", "node_modules"}


def format(text: str) -> str:
    """Lay out a spec: one entry a line, columns aligned, at most 100 columns wide.

    Comments stay, and what the text says stays the same.

    Parameters
    ----------
    text : str
        A whole spec.

    Returns
    -------
    str
        With newlines as line ends, also behind the last line, and without byte order mark.

    Raises
    ------
    ArchError
        If the text has syntax errors.

    Examples
    --------
    >>> print(format("arch 1 space s{x:1..3,}".replace(",", "")), end="")
    arch 1
    space s { x: 1 .. 3 }
    """
    from archwright.dsl.format.whole import formatted
    from archwright.dsl.reading import from_text

    return formatted(from_text(text))


def files(paths: Iterable[Path]) -> tuple[list[Path], list[Path]]:
    """The files to format, each once, and the paths that lead to nothing.

    Below a folder these are the `.arch` files that are neither links nor in hidden folders or
    installed packages. A link is followed where it is named itself.
    """
    found: dict[Path, Path] = {}
    missing = []
    for path in paths:
        if path.is_dir():
            below = sorted(p for p in path.rglob("*.arch") if _own(p, path))
            found.update((p.resolve(), p) for p in below if p.resolve() not in found)
        elif path.exists():
            found.setdefault(path.resolve(), path)
        else:
            missing.append(path)
    return list(found.values()), missing


def _own(path: Path, top: Path) -> bool:
    """Whether a file below a folder is to be rewritten with it."""
    parts = path.relative_to(top).parts
    if any(part.startswith(".") or part in FOREIGN for part in parts):
        return False
    steps = [top.joinpath(*parts[: i + 1]) for i in range(len(parts))]
    return path.is_file() and not any(step.is_symlink() for step in steps)


def rewrite(path: Path, text: str) -> None:
    """Replace a file at once, so that nobody finds half of it; its permissions stay.

    Raises
    ------
    ArchError
        `file-unwritable`.
    """
    target = path.resolve()  # a link stays a link
    try:
        if not os.access(target, os.W_OK):
            raise PermissionError(13, "Permission denied")
        handle, draft = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
        try:
            with os.fdopen(handle, "wb") as stream:
                stream.write(text.encode())
            os.chmod(draft, target.stat().st_mode & 0o7777)
            os.replace(draft, target)
        except BaseException:
            with contextlib.suppress(OSError):
                os.unlink(draft)
            raise
    except OSError as error:
        reason = error.strerror or type(error).__name__
        message = f"`{path}` cannot be written: {reason}"
        span = Span(Source(str(path), text), 0, len(text.partition("\n")[0]))
        raise ArchError(Diagnostic("file-unwritable", message, span, "of this file")) from None
