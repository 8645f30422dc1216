"""`%load_ext archwright` and `%%arch name`: a spec in a cell."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from archwright.dsl.diagnostics import ArchError

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
        if not name.isidentifier():
            print(f"%%arch {name}: the name must be a Python identifier", file=sys.stderr)
            return None
        text = cell if cell.lstrip().startswith("arch ") else f"arch 1\n{cell}"
        spec = loads(text, name=f"%%arch {name}", folder=Path.cwd())
        shell.user_ns[name] = spec
        return spec

    shell.register_magic_function(arch, "cell", "arch")  # type: ignore[no-untyped-call]
    shell.set_custom_exc((ArchError,), show_error)


def show_error(
    shell: InteractiveShell, kind: type, error: ArchError, traceback: Any, tb_offset: Any = None
) -> list[str]:
    """Show diagnostics instead of a traceback."""
    from IPython.display import publish_display_data

    html = getattr(error, "_repr_html_", None)
    data = {"text/plain": str(error)}
    if html is not None:
        data["text/html"] = html()
    publish_display_data(data)
    return []
