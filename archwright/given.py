"""Joins the probe of this machine to a spec's `given` hardware: nobody else may know of both."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from archwright.dsl import nodes
from archwright.dsl.spec import Spec


def fill(
    spec: Spec, hardware: dict[str, object], replaced: Collection[str] = ()
) -> dict[str, object]:
    """Add a probed record for each `given` record of `std.cpu.Cpu` that is not there yet.

    Records of other kinds stay missing, and binding says so. Nothing is probed for those that are
    `replaced` by name.
    """
    for node in spec.file.items:
        if (
            isinstance(node, nodes.Hardware)
            and node.given is not None
            and node.name.text not in hardware
            and node.name.text not in replaced
            and _describes_this_kind(spec, node.base)
        ):
            hardware[node.name.text] = probe_fields()
    return hardware


def _describes_this_kind(spec: Spec, base: nodes.Path | None) -> bool:
    if base is None or len(base) != 2 or base[1].text != "Cpu":
        return False
    module = spec.imports.get(base[0].text)
    return module is not None and module.module == "std.cpu"


def probe_fields() -> dict[str, Any]:
    """This machine as a `std.cpu.Cpu` record."""
    from archwright.kernels.machine.probe import probe

    return dict(probe())
