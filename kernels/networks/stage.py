"""A process of its own for each part of a network, in a row of pipes: `python -m` this file.

A message is its length in eight bytes and a list of tensors as torch stores them; an empty one
would be no message, so the end of a stream is the end of its file.
"""

from __future__ import annotations

import io
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

import torch
from torch import Tensor

from .split import Part


class StageFailed(RuntimeError):
    """A process of a pipeline ended before its time; what it said last is the message."""


def send(stream: BinaryIO, tensors: Sequence[Tensor]) -> None:
    """Write one message."""
    held = io.BytesIO()
    torch.save([t.detach().clone() for t in tensors], held)  # not all that a view is a part of
    stream.write(held.tell().to_bytes(8, "little"))
    stream.write(held.getbuffer())
    stream.flush()


def receive(stream: BinaryIO) -> list[Tensor] | None:
    """Read one message; None where the stream has ended."""
    size = stream.read(8)
    if len(size) < 8:
        return None
    tensors: list[Tensor] = torch.load(
        io.BytesIO(stream.read(int.from_bytes(size, "little"))), weights_only=True
    )
    return tensors


class Pipeline:
    """Parts of a network, each in a process of its own that hands its results to the next one.

    Parameters
    ----------
    parts : sequence of Part
        As `split` gives them; each process gets a copy, in evaluation mode.
    threads : int
        Of torch, in each process.
    """

    def __init__(self, parts: Sequence[Part], threads: int = 1) -> None:
        self.parts = tuple(parts)
        self._folder = tempfile.TemporaryDirectory(prefix="archwright-")
        self._stages: list[subprocess.Popen[bytes]] = []
        self._waiting = 0
        folder = Path(self._folder.name)
        source: int | BinaryIO = subprocess.PIPE
        for i, part in enumerate(parts):
            path = folder / f"{i}.pt"
            torch.save(part, path)
            stage = subprocess.Popen(
                [sys.executable, "-m", __name__, str(path), str(threads)],
                stdin=source,
                stdout=subprocess.PIPE,
                stderr=(folder / f"{i}.txt").open("wb"),
            )
            if self._stages and not isinstance(source, int):
                source.close()  # the two processes alone hold the pipe between them
            assert stage.stdout is not None
            source = stage.stdout  # type: ignore[assignment]
            self._stages.append(stage)

    def __enter__(self) -> Pipeline:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        where: TracebackType | None,
    ) -> None:
        self.close()

    def put(self, *inputs: Tensor) -> None:
        """Hand an input to the first process, without waiting for its output.

        Raises
        ------
        StageFailed
        """
        stream = self._stages[0].stdin
        assert stream is not None
        try:
            send(stream, inputs)  # type: ignore[arg-type]
        except BrokenPipeError:
            self._failed()
        self._waiting += 1

    def get(self) -> Tensor:
        """The output of the input that has waited longest.

        Raises
        ------
        StageFailed
        """
        if not self._waiting:
            raise ValueError("nothing was put in that has not come out")
        stream = self._stages[-1].stdout
        assert stream is not None
        found = receive(stream)  # type: ignore[arg-type]
        if found is None:
            self._failed()
        self._waiting -= 1
        assert found is not None
        return found[0]

    def __call__(self, *inputs: Tensor) -> Tensor:
        """The output of the whole network."""
        self.put(*inputs)
        return self.get()

    def stream(self, inputs: Iterable[Tensor], ahead: int | None = None) -> Iterator[Tensor]:
        """Outputs in order, with `ahead` inputs on their way at once, one a process if not told."""
        most = len(self._stages) if ahead is None else ahead
        for x in inputs:
            if self._waiting >= most:
                yield self.get()
            self.put(x)
        while self._waiting:
            yield self.get()

    def close(self) -> None:
        """End the processes; what is on its way is lost."""
        first, last = self._stages[0].stdin, self._stages[-1].stdout
        for stream in (last, first):
            if stream is not None:
                with suppress(BrokenPipeError):
                    stream.close()
        for stage in self._stages:
            try:
                stage.wait(10)
            except subprocess.TimeoutExpired:
                stage.kill()
                stage.wait()
        self._folder.cleanup()

    def _failed(self) -> None:
        for i, stage in enumerate(self._stages):
            try:
                stage.wait(5)
            except subprocess.TimeoutExpired:
                continue
            if stage.returncode:
                said = (Path(self._folder.name) / f"{i}.txt").read_text(errors="replace")
                line = said.strip().splitlines()[-1] if said.strip() else "it said nothing"
                raise StageFailed(f"the process of {self.parts[i]!r} ended: {line}")
        raise StageFailed("a process of the pipeline ended")


def main(path: str, threads: str) -> None:
    """Answer messages of standard input with messages of standard output, until there are none."""
    outgoing = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # what anything prints is no message
    torch.set_num_threads(int(threads))
    part: Part = torch.load(path, weights_only=False).eval()
    with torch.inference_mode():
        while (tensors := receive(sys.stdin.buffer)) is not None:
            try:
                send(outgoing, part(*tensors))
            except BrokenPipeError:
                return


if __name__ == "__main__":
    main(*sys.argv[1:])
