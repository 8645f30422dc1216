"""`%load_ext archwright` and `%%arch name`: a spec in a cell."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from keyword import iskeyword
from pathlib import Path
from typing import TYPE_CHECKING, Any

from archwright.dsl.diagnostics import ArchError

HEADER = re.compile(r"(\s|#[^\n]*\n)*arch\s+\d")  # a cell may leave the header out

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell


def register(shell: InteractiveShell, loads: Callable[..., Any]) -> None:
    """Register the cell magic and show a user's mistakes without tracebacks.

    Parameters
    ----------
    shell : InteractiveShell
    loads : callable
        `archwright.loads`; passed in, since this room does not know the front door.
    """

    def arch(line: str, cell: str) -> Any:
        """`%%arch name`: check the cell as a spec and call it `name`."""
        name = line.strip() or "spec"
        if not name.isidentifier() or iskeyword(name):
            print(f"%%arch {name}: a spec is called by one Python name", file=sys.stderr)
            return None
        text = cell if HEADER.match(cell) else f"arch 1\n{cell}"
        spec = loads(text, name=f"%%arch {name}", folder=Path.cwd())
        shell.user_ns[name] = spec
        return spec

    untyped: Any = shell
    untyped.register_magic_function(arch, "cell", "arch")
    untyped.set_custom_exc((ArchError,), show_error)


def show_error(
    shell: Any, kind: type, error: ArchError, traceback: Any, tb_offset: Any = None
) -> list[str]:
    """Show diagnostics instead of a traceback."""
    shell.display_pub.publish({"text/plain": str(error), "text/html": error._repr_html_()})
    return []
