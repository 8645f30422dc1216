"""Where compiled code is kept between processes: one folder per user.

The parser has the same rule in `dsl/parser.py`; the two rooms know nothing of each other.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path


def user_folder() -> Path:
    """The user's cache folder for archwright, whether or not it exists.

    `ARCHWRIGHT_CACHE` overrides it; otherwise it follows the platform's custom.
    """
    chosen = os.environ.get("ARCHWRIGHT_CACHE")
    if chosen:
        return Path(chosen).expanduser()
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA")
        return (Path(base) if base else Path.home() / "AppData" / "Local") / "archwright" / "cache"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "archwright"
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "archwright"
