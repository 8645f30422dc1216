"""`archwright lsp`: the language server, for editors."""

from __future__ import annotations

from importlib.util import find_spec

import typer

from .cli import USAGE, Debug, app


@app.command()
def lsp(debug: Debug = False) -> None:
    """Serve an editor over stdin and stdout with the Language Server Protocol."""
    if find_spec("pygls") is None:
        typer.echo("the language server needs: pip install 'archwright[lsp]'", err=True)
        raise typer.Exit(USAGE)
    from .language_server import make_server

    make_server().start_io()
