"""The command `fmt`: specs in the one layout there is."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Annotated

import typer

from archwright.dsl.diagnostics import ArchError, Diagnostic

from .cli import ANSWERED, BROKEN, Debug, Json, app, flag
from .cli_output import show_json
from .cli_specs import specs
from .text import counted

if TYPE_CHECKING:
    from archwright.dsl.source import Source

Paths = Annotated[
    list[Path],
    typer.Argument(metavar="PATH", help=".arch files or folders, - for stdin", show_default=False),
]
Check = Annotated[bool, flag("--check", help="write nothing; 1 if a file would change")]
Differences = Annotated[bool, flag("--diff", help="as --check, and show what would change")]


@app.command()
def fmt(
    paths: Paths,
    check: Check = False,
    diff: Differences = False,
    json: Json = False,
    debug: Debug = False,
) -> None:
    """Lay out specs in place; a file with syntax errors stays as it is."""
    from archwright.dsl.format.whole import formatted
    from archwright.dsl.reading import read
    from archwright.dsl.render_json import as_json
    from archwright.dsl.render_text import text

    from .formatting import rewrite

    started = perf_counter()
    if Path("-") in paths:
        _stdin(paths, check, diff, json)
    dry = check or diff
    changed: list[str] = []
    kept = 0
    found: list[Diagnostic] = []
    for path in specs(paths, json):
        try:
            source = read(path)
            result = formatted(source)
            if path.read_bytes() == result.encode():
                kept += 1
                continue
            if not dry:
                rewrite(path, result)
        except ArchError as error:
            found += error.diagnostics
            if not json:
                typer.echo(text(error.diagnostics), err=True)
            continue
        changed.append(str(path))
        if diff and not json:
            typer.echo("".join(_differences(source, result)), nl=False)
        elif not json:
            typer.echo(f"{path}: {'would be ' if dry else ''}formatted")
    if json:
        seconds = perf_counter() - started
        shown = ", ".join(map(str, paths))
        show_json(shown, seconds, changed=changed, unchanged=kept, diagnostics=as_json(found))
    elif not diff:
        would = "would be " if dry else ""
        typer.echo(f"{counted(len(changed), 'file')} {would}formatted, {kept} unchanged")
    sys.exit(BROKEN if found or (dry and changed) else ANSWERED)


def _stdin(paths: list[Path], check: bool, diff: bool, json: bool) -> None:
    """Format stdin to stdout, and leave."""
    from archwright.dsl.format.whole import formatted
    from archwright.dsl.limits import Limits
    from archwright.dsl.reading import decode

    if len(paths) > 1 or json:
        raise typer.BadParameter("`-` stands alone: stdin is formatted to stdout")
    data = sys.stdin.buffer.read(Limits.of().file + 1)
    source = decode(data, "<stdin>", Limits.of())
    result = formatted(source)
    if diff:
        typer.echo("".join(_differences(source, result)), nl=False)
    elif not check:
        sys.stdout.buffer.write(result.encode())
        sys.stdout.buffer.flush()
    sys.exit(BROKEN if (check or diff) and data != result.encode() else ANSWERED)


def _differences(source: Source, result: str) -> Iterator[str]:
    """A unified difference; what differs in line ends alone shows none."""
    from difflib import unified_diff

    old, new = ([f"{line}\n" for line in text.split("\n")] for text in (source.text, result))
    yield from unified_diff(old, new, source.name, f"{source.name} (formatted)")
