"""A built network written to a file: plain torch source, ONNX, an exported program, weights."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import torch
from torch import Tensor

from archwright.dsl.diagnostics import ArchError, Diagnostic

from .build import BuiltNetwork
from .source import plain_file

FORMATS = {
    ".py": "plain torch source",
    ".onnx": "ONNX",
    ".pt2": "an exported torch program",
}
WEIGHTS = {".pt": "torch", ".pth": "torch", ".safetensors": "safetensors"}
NEEDS = {".onnx": ("onnx", "onnxscript"), ".safetensors": ("safetensors",)}  # packages


class UnknownFormat(ValueError):
    """An ending that names no format, or one whose packages are not installed."""


def write(module: BuiltNetwork, to: Path, batch: int = 1) -> None:
    """Write a network to a file, in the format that its ending names.

    Plain source has no weights in it; the two others have. They are traced in evaluation mode and
    take any batch where torch finds that the network does, else batches of `batch`.

    Raises
    ------
    UnknownFormat
    ArchError
        `file-unwritable`.
    """
    ending = writable_format(to)
    if module.bits == "int8":
        raise UnknownFormat(
            "a network in integers has no file of its own: write its state dict as .pt, to load it "
            "into what `int8` makes of the same network"
        )
    try:
        if ending == ".py":
            to.write_text(plain_file(module.network, module.group))
        elif ending == ".pt2":
            with warnings.catch_warnings():  # of weights with channels last, which it keeps
                warnings.simplefilter("ignore")
                program = exported(module, batch)
                with to.open("wb") as file:
                    torch.export.save(program, file)
        else:
            onnx(module, to, batch)
    except OSError as error:
        raise _unwritable(to, error) from error


def write_weights(module: torch.nn.Module, to: Path) -> None:
    """Write the state dict of a network, for torch or as safetensors.

    Raises
    ------
    UnknownFormat
    ArchError
        `file-unwritable`.
    """
    kind = WEIGHTS[writable_format(to, WEIGHTS)]
    state: Mapping[str, Tensor] = module.state_dict()
    if kind != "torch" and any(not isinstance(x, Tensor) or x.is_quantized for x in state.values()):
        raise UnknownFormat(f"{kind} holds no weights in quantised integers: write them as .pt")
    try:
        if kind == "torch":
            with to.open("wb") as file:  # given a path, torch calls what fails a bug
                torch.save(state, file)
        else:
            from safetensors.torch import save  # type: ignore[import-not-found,unused-ignore]

            to.write_bytes(save({name: x.contiguous() for name, x in state.items()}))
    except OSError as error:
        raise _unwritable(to, error) from error


def exported(module: BuiltNetwork, batch: int = 1) -> torch.export.ExportedProgram:
    """The network as a graph of torch's operators, for any batch where that is possible."""
    was_training = module.training
    module.eval()
    try:
        free = torch.export.Dim("batch", min=1)
        inputs = module.example_inputs(max(batch, 2))
        try:
            return torch.export.export(module, inputs, dynamic_shapes=(({0: free},) * len(inputs),))
        except (RuntimeError, ValueError, TypeError, torch._dynamo.exc.UserError):
            return torch.export.export(module, module.example_inputs(batch))
    finally:
        module.train(was_training)


def onnx(module: BuiltNetwork, to: Path, batch: int = 1) -> None:
    """The network as an ONNX file, weights inside."""
    names = [name for name, _, _ in module.network.inputs]
    with warnings.catch_warnings(), _without_torchvision():
        warnings.simplefilter("ignore")
        program = torch.onnx.export(
            exported(module, batch), input_names=names, output_names=["output"], verbose=False
        )
        assert program is not None
        with to.open("ab"):  # fails as any file does; what writes ONNX has errors of its own
            pass
        program.save(to, external_data=False)


@contextmanager
def _without_torchvision() -> Iterator[None]:
    """Leave out what torch logs of operations of torchvision, which no network of ours has."""
    logger = logging.getLogger("torch.onnx._internal.exporter._registration")

    def told(record: logging.LogRecord) -> bool:
        return not record.getMessage().startswith("torchvision is not installed")

    logger.addFilter(told)
    try:
        yield
    finally:
        logger.removeFilter(told)


def writable_format(to: Path, formats: Mapping[str, str] = FORMATS) -> str:
    """The ending of a file, known and with all packages that its format needs.

    Raises
    ------
    UnknownFormat
    """
    ending = to.suffix.lower()
    if ending not in formats:
        listed = ", ".join(f"{e} for {text}" for e, text in formats.items())
        found = ending or "none"
        raise UnknownFormat(f"the ending of a file tells its format: {listed}; found {found}")
    missing = [name for name in NEEDS.get(ending, ()) if find_spec(name) is None]
    if missing:
        raise UnknownFormat(
            f"{formats[ending]} needs {' and '.join(missing)}: pip install 'archwright[export]'"
        )
    return ending


def _unwritable(to: Path, error: OSError) -> ArchError:
    why = error.strerror or str(error)
    return ArchError(Diagnostic("file-unwritable", f"`{to}` cannot be written: {why}", None))
