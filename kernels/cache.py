"""Where results that are dear to make are kept between processes: one folder per user."""

from __future__ import annotations

import os
import sys
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


def keep(path: Path, text: str) -> bool:
    """Write a file where that can be; elsewhere say so, and go on without it."""
    try:
        write(path, text)
    except OSError as error:  # a full disk, a quota, a folder that went away
        not_kept(path.parent, error)
        return False
    return True


@cache
def _say(folder: Path, why: str) -> None:
    print(
        f"nothing can be kept in {folder} ({why}); it will be made again in the next process",
        file=sys.stderr,
        flush=True,
    )


def not_kept(folder: Path, error: OSError) -> None:
    """Say, once for each folder and reason, that results are made anew in every process."""
    _say(folder, error.strerror or str(error))
