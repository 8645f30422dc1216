"""Where results that are dear to make are kept between processes: one folder per user."""

from __future__ import annotations

import os
import tempfile
from functools import cache
from pathlib import Path

from archwright.solvers.user_cache import user_folder


@cache
def _temporary() -> Path:
    return Path(tempfile.mkdtemp(prefix="archwright-"))


def folder(name: str) -> Path:
    """A writable folder of that name below the user's; a temporary one where none can be made."""
    try:
        wanted = user_folder() / name
        wanted.mkdir(parents=True, exist_ok=True)
    except (OSError, RuntimeError):  # read-only home, or no home at all
        wanted = _temporary() / name
        wanted.mkdir(parents=True, exist_ok=True)
    if not os.access(wanted, os.W_OK | os.X_OK):
        wanted = _temporary() / name
        wanted.mkdir(parents=True, exist_ok=True)
    return wanted


def write(path: Path, text: str) -> None:
    """Write a file at once, so that no other process ever reads half of it."""
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=path.name, suffix=".part")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
