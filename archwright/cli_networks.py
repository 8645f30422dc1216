"""Commands that make files of networks: build, export."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from . import text
from .cli import flag
from .cli_output import writable
from .cli_questions import Question, Which, question

Floats = Annotated[bool, flag("--floats", help="all in floats, whatever bits the spec gives")]


def _in_format(path: Path | None, kind: str) -> Path | None:
    """A file that can be written in the format of its ending; known before anything is solved.

    Raises
    ------
    typer.BadParameter
    """
    if path is None:
        return None
    from importlib.util import find_spec

    if find_spec("torch") is not None:  # else `needs-torch` is told of the network
        from archwright.kernels.networks import formats

        known = formats.WEIGHTS if kind == "weights" else formats.FORMATS
        try:
            formats.writable_format(path, known)
        except formats.UnknownFormat as error:
            raise typer.BadParameter(str(error)) from error
    return writable(path)


def _network_file(path: Path | None) -> Path | None:
    return _in_format(path, "network")


def _weights_file(path: Path | None) -> Path | None:
    return _in_format(path, "weights")


@question("build")
def build(
    q: Question,
    out: Annotated[
        Path, typer.Option("--out", callback=_weights_file, help="where to write the state dict")
    ],
    network: Which = None,
    floats: Floats = False,
) -> None:
    """Choose, build a torch module and write its weights, freshly initialised, to a file."""
    from .running import build as build_architecture

    a, architecture = q.chosen(network)
    module = build_architecture(architecture, network, bits="float" if floats else "fake")
    from archwright.kernels.networks.formats import write_weights

    write_weights(module, out)
    parameters, macs = module.parameter_count(), module.mac_count()
    q.show(
        f"{out}: {text.grouped(parameters)} parameters, {text.grouped(macs)} MACs",
        status=str(a.status),
        out=str(out),
        parameters=parameters,
        macs=macs,
    )


@question("export")
def export(
    q: Question,
    to: Annotated[
        Path,
        typer.Option("--to", callback=_network_file, help="net.py, net.onnx or net.pt2"),
    ],
    weights: Annotated[
        Path | None,
        typer.Option("--weights", callback=_weights_file, help="net.pt or net.safetensors"),
    ] = None,
    network: Which = None,
    floats: Floats = False,
) -> None:
    """Choose, and write the network as a file that runs without archwright."""
    from .running import export as export_architecture

    a, architecture = q.chosen(network)
    parameters = export_architecture(
        architecture, to, network, weights=weights, bits="float" if floats else "fake"
    )
    files = [str(to), *([] if weights is None else [str(weights)])]
    q.show(
        f"{' and '.join(files)}: {text.grouped(parameters)} parameters",
        status=str(a.status),
        to=str(to),
        weights=None if weights is None else str(weights),
        parameters=parameters,
    )
