"""From a file to a checked spec: reading, parsing, imports, checking."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from importlib.resources import files
from pathlib import Path

from . import nodes
from .check import check
from .collecting import no_collecting
from .diagnostics import ArchError, Diagnostic, did_you_mean
from .limits import CHAIN, Limits
from .names import path_text
from .parse import parse
from .reading import from_text, read
from .report import Report
from .source import Source, Span
from .spec import Spec
from .suggest import nearest
from .syntax_warnings import warnings


@no_collecting()
def load(
    path: str | Path,
    *,
    trust_paths: bool = False,
    limits: Limits | Mapping[str, int] | None = None,
) -> Spec:
    """Read a spec, load what it imports, and check it.

    Parameters
    ----------
    path : str or Path
    trust_paths : bool
        Whether imports may leave the folder of this file.
    limits : Limits or mapping of str to int
        Those that are not as usual.

    Raises
    ------
    ArchError
        With all that is wrong; warnings alone land in `Spec.warnings`.
    """
    shown = Path(path)
    loader = _Loader(_real(shown).parent, trust_paths, Limits.of(limits))
    return loader.file(shown, str(path), None, ())


@no_collecting()
def loads(
    text: str,
    name: str = "<text>",
    folder: Path | None = None,
    *,
    trust_paths: bool = False,
    limits: Limits | Mapping[str, int] | None = None,
) -> Spec:
    """Check a spec that is no file; relative imports start at `folder`.

    Raises
    ------
    ArchError
    """
    top = None if folder is None else _real(folder)
    loader = _Loader(top, trust_paths, Limits.of(limits))
    return loader.text(from_text(text, name, loader.limits), None, name, top, ())


@cache
def standard(module: str) -> Spec:
    """A module of the standard library, checked once for each process."""
    folder = files("archwright.dsl").joinpath("std")
    text = folder.joinpath(f"{module.removeprefix('std.')}.arch").read_text(encoding="utf-8")
    return _Loader(None, False, Limits()).text(from_text(text, module), None, module, None, ())


@cache
def standard_modules() -> tuple[str, ...]:
    """The names of the modules of the standard library."""
    folder = files("archwright.dsl").joinpath("std")
    return tuple(
        sorted(
            [
                f"std.{entry.name.removesuffix('.arch')}"
                for entry in folder.iterdir()
                if entry.name.endswith(".arch")
            ]
        )
    )


class _Loader:
    """One load: what was read already, and where files may lie."""

    def __init__(self, top: Path | None, trust_paths: bool, limits: Limits) -> None:
        self.top = top
        self.trust_paths = trust_paths
        self.limits = limits
        self.done: dict[Path, Spec | None] = {}
        self.sizes: dict[Spec, int] = {}

    def file(self, path: Path, shown: str, where: Span | None, chain: Sequence[Path]) -> Spec:
        """Read and check a file; `where` is the import that wants it, `chain` how it came there."""
        try:
            source = read(path, shown, self.limits)
        except ArchError as error:
            if where is None:
                raise
            raise ArchError([replace(d, span=d.span or where) for d in error.diagnostics]) from None
        real = _real(path)
        return self.text(source, real, shown, path.parent, (*chain, real))

    def text(
        self,
        source: Source,
        path: Path | None,
        module: str,
        folder: Path | None,
        chain: Sequence[Path],
    ) -> Spec:
        """Parse, load the imports and check."""
        tree = parse(source)
        report = Report()
        report.extend(warnings(tree))
        imports: dict[str, Spec | None] = {}
        size = 1
        for item in tree.items:
            if isinstance(item, nodes.Import) and item.alias.text not in imports:
                try:
                    found = imports[item.alias.text] = self._import(item, source, folder, chain)
                    size += self._size(found)
                    if size > self.limits.imports:
                        raise self._too_many(item.span)
                except ArchError as error:
                    imports[item.alias.text] = None
                    report.extend(error.diagnostics)
        return check(tree, imports, report, path=path, module=module, folder=folder)

    def _size(self, spec: Spec) -> int:
        """How many files a spec is: itself and its imports, each as often as it is imported."""
        if spec not in self.sizes:
            self.sizes[spec] = 1 + sum(self._size(inner) for inner in spec.imports.values())
        return self.sizes[spec]

    def _too_many(self, where: Span) -> ArchError:
        return _error(
            "too-many-imports",
            f"more than {self.limits.imports:_} files come together here",
            where,
            notes=("a file that is imported twice is there twice", self.limits.note("imports")),
        )

    def _import(
        self, item: nodes.Import, source: Source, folder: Path | None, chain: Sequence[Path]
    ) -> Spec:
        if item.file is None:
            return _standard(item)
        where = item.file.span
        wanted = item.file.value
        if folder is None:
            raise _error(
                "file-not-found",
                f"`{wanted}` cannot be found: this text lies in no folder",
                where,
                notes=("give the folder with loads(text, folder=…), or import from `std`",),
            )
        path = folder / wanted
        self._inside(path, wanted, where)
        real = _real(path)
        if real in chain:
            steps = [*[p.name for p in chain[chain.index(real) :]], real.name]
            raise _error("import-cycle", f"this file imports itself: {' -> '.join(steps)}", where)
        if len(chain) >= CHAIN:
            why = f"this is the end of a chain of {CHAIN} imports, the longest that is followed"
            raise _error("too-many-imports", why, where)
        if real not in self.done:
            shown = wanted
            if source.name not in ("<text>",) and not Path(wanted).is_absolute():
                shown = str(Path(source.name).parent / wanted)
            self.done[real] = None
            self.done[real] = self.file(path, shown, where, chain)
        found = self.done[real]
        if found is None:  # its errors have been told where it was first imported
            raise ArchError(())
        return found

    def _inside(self, path: Path, wanted: str, where: Span) -> None:
        """Refuse a path that leaves the folder of the spec, if only by a link."""
        if self.trust_paths or self.top is None:
            return
        if Path(wanted).is_absolute() or not _real(path).is_relative_to(self.top):
            raise _error(
                "path-outside",
                f"`{wanted}` lies outside of the folder of the spec",
                where,
                notes=(
                    "a spec reads files of its own folder only, unless paths are trusted: "
                    "`--trust-paths`, or `trust_paths=True` in Python",
                ),
            )


def _real(path: Path) -> Path:
    """Where a path leads; a link that leads to itself stays what it is."""
    return Path(os.path.realpath(path))


def _standard(item: nodes.Import) -> Spec:
    name = path_text(item.path)
    if name not in standard_modules():
        known = standard_modules()
        guess = nearest(name, known)
        raise ArchError(
            Diagnostic(
                "unknown-module",
                f"there is no module `{name}`",
                item.path[0].span.to(item.path[-1].span),
                notes=(
                    f"the standard library has {', '.join(known)}",
                    'a file is imported by its path in quotes: `import "name.arch" as …`',
                ),
                fixes=did_you_mean(guess, item.path[0].span.to(item.path[-1].span)),
            )
        )
    return standard(name)


def _error(slug: str, message: str, where: Span | None, notes: Sequence[str] = ()) -> ArchError:
    return ArchError(Diagnostic(slug, message, where, notes=tuple(notes)))
