"""Archwright: state a search space, a machine and a goal; get the best answer with proof; run it.

>>> import archwright as aw
>>> p = aw.loads('''
... arch 1
... space tile { rows: 1 .. 8  columns: {4, 8, 16} }
... require registers: rows * columns <= 30
... maximize rows * columns as work
... ''').bind()
>>> a = p.solve()
>>> a.status, a.choices
(<Status.OPTIMAL: 'optimal'>, {'rows': 7, 'columns': 4})
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

# Everything is imported when first asked for, so that `import archwright` stays near nothing.
_PUBLIC = {
    "load": "archwright.specs",
    "loads": "archwright.specs",
    "format": "archwright.formatting",
    "Spec": "archwright.specs",
    "Bound": "archwright.bound",
    "build": "archwright.running",
    "chain": "archwright.running",
    "export": "archwright.running",
    "measure": "archwright.measuring",
    "fuse": "archwright.kernels.fused.network",
    "grow": "archwright.running",
    "int8": "archwright.running",
    "slice": "archwright.running",
    "pipeline": "archwright.running",
    "run": "archwright.running",
    "split": "archwright.running",
    "probe": "archwright.running",
    "ArchError": "archwright.dsl.diagnostics",
    "Diagnostic": "archwright.dsl.diagnostics",
    "Quantity": "archwright.dsl.units",
    "Status": "archwright.solvers.answers",
    "Stopped": "archwright.solvers.control",
}

__all__ = [
    "ArchError",
    "Bound",
    "Diagnostic",
    "Quantity",
    "Spec",
    "Status",
    "Stopped",
    "build",
    "chain",
    "export",
    "format",
    "fuse",
    "grow",
    "int8",
    "load",
    "load_ipython_extension",
    "loads",
    "measure",
    "pipeline",
    "probe",
    "run",
    "slice",
    "split",
]

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

    from archwright.bound import Bound
    from archwright.dsl.diagnostics import ArchError, Diagnostic
    from archwright.dsl.units import Quantity
    from archwright.formatting import format
    from archwright.kernels.fused.network import fuse
    from archwright.measuring import measure
    from archwright.running import (
        build,
        chain,
        export,
        grow,
        int8,
        pipeline,
        probe,
        run,
        slice,
        split,
    )
    from archwright.solvers.answers import Status
    from archwright.solvers.control import Stopped
    from archwright.specs import Spec, load, loads


def __getattr__(name: str) -> Any:
    module = _PUBLIC.get(name)
    if module is None:
        raise AttributeError(f"module 'archwright' has no attribute '{name}'")
    value = getattr(import_module(module), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*globals(), *_PUBLIC])


def load_ipython_extension(shell: InteractiveShell) -> None:
    """What `%load_ext archwright` calls: brings the `%%arch` cell magic."""
    from archwright.notebooks.magic import register
    from archwright.specs import loads

    register(shell, loads)
