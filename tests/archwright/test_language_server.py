"""The language server, spoken to as an editor does: over its pipes."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

pytest.importorskip("pygls")
from lsprotocol import types as lsp
from pygls.lsp.client import LanguageClient

WRONG = """arch 1
# Größe 🙂
space tile { rows: 1 .. 8  columns: {4, 8} }
require few: rows * colums <= 30
"""
RIGHT = WRONG.replace("colums", "columns")


class Editor:
    """An editor with one open text."""

    def __init__(self, client: LanguageClient, uri: str) -> None:
        self.client, self.uri = client, uri
        self.told: asyncio.Queue[list[lsp.Diagnostic]] = asyncio.Queue()
        self.version = 1

        @client.feature(lsp.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)
        def told(params: lsp.PublishDiagnosticsParams) -> None:
            self.told.put_nowait(list(params.diagnostics))

    @property
    def document(self) -> lsp.TextDocumentIdentifier:
        return lsp.TextDocumentIdentifier(self.uri)

    async def open(self, text: str) -> list[lsp.Diagnostic]:
        item = lsp.TextDocumentItem(self.uri, "arch", self.version, text)
        self.client.text_document_did_open(lsp.DidOpenTextDocumentParams(item))
        return await asyncio.wait_for(self.told.get(), 60)

    async def change(self, text: str) -> list[lsp.Diagnostic]:
        self.version += 1
        whole = lsp.TextDocumentContentChangeWholeDocument(text)
        document = lsp.VersionedTextDocumentIdentifier(self.version, self.uri)
        self.client.text_document_did_change(lsp.DidChangeTextDocumentParams(document, [whole]))
        return await asyncio.wait_for(self.told.get(), 60)

    def at(self, text: str, word: str, more: int = 0) -> lsp.Position:
        """Where a word stands, in the units of the protocol: halves of UTF-16."""
        before = text[: text.index(word) + more]
        line = before.count("\n")
        return lsp.Position(line, len(before[before.rfind("\n") + 1 :].encode("utf-16-le")) // 2)


def session(work: Callable[[Editor], Awaitable[None]], path: Path) -> None:
    """Start a server, do some work with it, and end it."""

    async def run() -> None:
        client = LanguageClient("test", "1")
        await client.start_io(sys.executable, "-m", "archwright", "lsp")
        try:
            await client.initialize_async(
                lsp.InitializeParams(capabilities=lsp.ClientCapabilities(), root_uri=path.as_uri())
            )
            client.initialized(lsp.InitializedParams())
            await work(Editor(client, (path / "tile.arch").as_uri()))
        finally:
            await client.shutdown_async(None)
            client.exit(None)
            await client.stop()

    asyncio.run(asyncio.wait_for(run(), 120))


def test_an_editor_is_told_and_helped(tmp_path: Path) -> None:
    async def work(editor: Editor) -> None:
        (wrong,) = await editor.open(WRONG)
        assert wrong.code == "unknown-name" and "did you mean `columns`?" in wrong.message
        assert wrong.range.start == editor.at(WRONG, "colums")

        actions = await editor.client.text_document_code_action_async(
            lsp.CodeActionParams(editor.document, wrong.range, lsp.CodeActionContext([wrong]))
        )
        (action,) = actions or []
        assert isinstance(action, lsp.CodeAction) and action.edit and action.edit.changes
        (edit,) = action.edit.changes[editor.uri]
        assert edit.new_text == "columns"
        assert await editor.change(RIGHT) == []

        hover = await editor.client.text_document_hover_async(
            lsp.HoverParams(editor.document, editor.at(RIGHT, "rows * ", 1))
        )
        assert hover and "rows: 1 .. 8" in str(hover.contents)
        place = await editor.client.text_document_definition_async(
            lsp.DefinitionParams(editor.document, editor.at(RIGHT, "columns <=", 2))
        )
        assert isinstance(place, lsp.Location)
        assert place.range.start == editor.at(RIGHT, "columns: {4")

        begun = RIGHT + "maximize co"
        await editor.change(begun)
        found = await editor.client.text_document_completion_async(
            lsp.CompletionParams(editor.document, lsp.Position(4, 11))
        )
        assert found and "columns" in [item.label for item in found]  # type: ignore[union-attr]

        assert await editor.change(RIGHT + "maximize (")
        edits = await editor.client.text_document_formatting_async(
            lsp.DocumentFormattingParams(editor.document, lsp.FormattingOptions(2, True))
        )
        assert not edits  # half a line is no spec
        await editor.change(RIGHT.replace("rows: 1 .. 8 ", "rows:1..8"))
        edits = await editor.client.text_document_formatting_async(
            lsp.DocumentFormattingParams(editor.document, lsp.FormattingOptions(2, True))
        )
        assert edits and "rows:    1 .. 8" in edits[0].new_text

    session(work, tmp_path)


def test_imports_are_looked_up_beside_the_text(tmp_path: Path) -> None:
    (tmp_path / "shared.arch").write_text("arch 1\nlet most = 30\n")

    async def work(editor: Editor) -> None:
        text = 'arch 1\nimport "shared.arch" as shared\nlet x = shared.most\n'
        assert await editor.open(text) == []
        (wrong,) = await editor.change(text.replace("shared.most", "shared.mst"))
        assert "most" in wrong.message

    session(work, tmp_path)


def test_the_command_says_what_it_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    from typer.testing import CliRunner

    from archwright import cli, cli_lsp

    monkeypatch.setattr(cli_lsp, "find_spec", lambda name: None)
    result = CliRunner().invoke(cli.app, ["lsp"])
    assert result.exit_code == 2 and "pip install 'archwright[lsp]'" in result.output
