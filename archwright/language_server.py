"""The language server: diagnostics, fixes, completion, what a name is, its place, the layout.

What it tells is what the checker, the parser and the formatter tell; here it is only put into the
words of the Language Server Protocol. Needs the package `pygls`, the extra `lsp`.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TypeAlias

from lsprotocol import types as lsp
from pygls.lsp.server import LanguageServer
from pygls.uris import to_fs_path
from pygls.workspace import TextDocument

from archwright import __version__
from archwright.dsl import load as loading
from archwright.dsl.builtin_pages import builtin_pages
from archwright.dsl.complete import Completion, complete
from archwright.dsl.diagnostics import ArchError, Diagnostic
from archwright.dsl.reading import from_text
from archwright.dsl.source import Source, Span
from archwright.dsl.spec import Spec

from .formatting import format as laid_out

KINDS = {
    "name": lsp.CompletionItemKind.Variable,
    "keyword": lsp.CompletionItemKind.Keyword,
    "unit": lsp.CompletionItemKind.Unit,
    "function": lsp.CompletionItemKind.Function,
    "module": lsp.CompletionItemKind.Module,
    "member": lsp.CompletionItemKind.Field,
}
Placed: TypeAlias = lsp.CompletionParams | lsp.HoverParams | lsp.DefinitionParams
SHOWN = 12  # lines of a declaration that a hover shows


class ArchServer(LanguageServer):
    """One session with an editor.

    Attributes
    ----------
    found : dict of str to list of Diagnostic
        What is wrong with each open text, by its address.
    specs : dict of str to Spec
        The last version of each text that was right.
    """

    def __init__(self) -> None:
        super().__init__(name="archwright", version=__version__)
        self.found: dict[str, list[Diagnostic]] = {}
        self.specs: dict[str, Spec] = {}

    def check(self, uri: str) -> None:
        """Check a text and tell the editor what is wrong with it."""
        document = self.workspace.get_text_document(uri)
        path = to_fs_path(uri)
        folder = Path(path).parent if path else None
        try:
            spec = loading.loads(document.source, name=path or uri, folder=folder)
            self.specs[uri], self.found[uri] = spec, list(spec.warnings)
        except ArchError as error:
            self.found[uri] = list(error.diagnostics)
        shown = [_shown(document, d, self.found[uri]) for d in self.found[uri]]
        self.text_document_publish_diagnostics(
            lsp.PublishDiagnosticsParams(uri=uri, version=document.version, diagnostics=shown)
        )

    def forget(self, uri: str) -> None:
        """A text was closed."""
        self.found.pop(uri, None)
        self.specs.pop(uri, None)
        self.text_document_publish_diagnostics(
            lsp.PublishDiagnosticsParams(uri=uri, diagnostics=[])
        )


# ------------------------------------------------------------------------------------- positions


def position(document: TextDocument, source: Source, offset: int) -> lsp.Position:
    """Where an offset stands, counted as the editor counts."""
    line, column = source.position(offset)
    codec = document.position_codec
    return codec.position_to_client_units(document.lines, lsp.Position(line - 1, column - 1))


def extent(document: TextDocument, span: Span) -> lsp.Range:
    """A range, counted as the editor counts."""
    return lsp.Range(*(position(document, span.source, at) for at in (span.start, span.end)))


def offset(document: TextDocument, source: Source, where: lsp.Position) -> int:
    """The offset of a place in the editor."""
    place = document.position_codec.position_from_client_units(document.lines, where)
    if place.line >= len(source.starts):
        return len(source.text)
    return min(source.starts[place.line] + place.character, len(source.text))


# ----------------------------------------------------------------------------------- diagnostics


def _shown(document: TextDocument, told: Diagnostic, every: list[Diagnostic]) -> lsp.Diagnostic:
    """A diagnostic; one that has no place in this text stands at its first line."""
    source = from_text(document.source)
    here = told.span is not None and told.span.source.text == source.text
    parts = [told.message, *(f"{v.name} is {v.text}" for v in told.values), *told.notes]
    parts += [fix.shown for fix in told.fixes]
    related = [
        lsp.DiagnosticRelatedInformation(
            lsp.Location(document.uri, extent(document, label.span)), label.text
        )
        for label in told.labels
        if here and label.span.source.text == source.text
    ]
    start = lsp.Position(0, 0)
    error = told.level == "error"
    return lsp.Diagnostic(
        range=extent(document, told.span) if here and told.span else lsp.Range(start, start),
        message="\n".join(parts),
        severity=lsp.DiagnosticSeverity.Error if error else lsp.DiagnosticSeverity.Warning,
        code=told.slug,
        source="archwright",
        related_information=related,
        data=every.index(told),
    )


def fixes(
    server: ArchServer, document: TextDocument, wanted: list[lsp.Diagnostic]
) -> Iterator[lsp.CodeAction]:
    """The edits that mend some diagnostics; the safe ones are preferred."""
    known = server.found.get(document.uri, [])
    source = from_text(document.source)
    for diagnostic in wanted:
        number = diagnostic.data
        if not isinstance(number, int) or not 0 <= number < len(known):
            continue
        for fix in known[number].fixes:
            if fix.edit is None or fix.edit.span.source.text != source.text:
                continue
            edit = lsp.TextEdit(extent(document, fix.edit.span), fix.edit.replacement)
            yield lsp.CodeAction(
                title=fix.text,
                kind=lsp.CodeActionKind.QuickFix,
                diagnostics=[diagnostic],
                is_preferred=fix.safe,
                edit=lsp.WorkspaceEdit(changes={document.uri: [edit]}),
            )


# ------------------------------------------------------------------------------------------ names


def word_at(source: Source, place: int) -> tuple[str, int, int]:
    """The word around a place, and where it begins and ends."""
    start = end = place
    while start > 0 and _in_word(source.text[start - 1]):
        start -= 1
    while end < len(source.text) and _in_word(source.text[end]):
        end += 1
    return source.text[start:end], start, end


def _in_word(character: str) -> bool:
    return character.isalnum() or character == "_"


def declaration(spec: Spec, name: str) -> Span | None:
    """Where a name of a file is declared: a value, a choice, a constraint or a goal."""
    choices = {choice.name.text: choice for choice in spec.choices}
    for names in (spec.names, choices, spec.requires, spec.prefers, spec.goals):
        if name in names:
            return names[name].span
    return None


def described(spec: Spec, name: str) -> str | None:
    """What a name is, as markdown."""
    span = declaration(spec, name)
    if span is None or span.source is not spec.source:
        return builtin_pages().get(name)
    lines = span.text.splitlines()
    more = ["…"] if len(lines) > SHOWN else []
    code = "\n".join([*lines[:SHOWN], *more])
    return f"```arch\n{code}\n```\nline {span.line}"


# ----------------------------------------------------------------------------------------- server


def make_server() -> ArchServer:
    """The server with all that it can do; `start_io` serves one editor."""
    server = ArchServer()

    def text(params: Placed) -> tuple[TextDocument, Source, int]:
        document = server.workspace.get_text_document(params.text_document.uri)
        source = from_text(document.source)
        return document, source, offset(document, source, params.position)

    @server.feature(lsp.TEXT_DOCUMENT_DID_OPEN)
    def opened(params: lsp.DidOpenTextDocumentParams) -> None:
        server.check(params.text_document.uri)

    @server.feature(lsp.TEXT_DOCUMENT_DID_CHANGE)
    def changed(params: lsp.DidChangeTextDocumentParams) -> None:
        server.check(params.text_document.uri)

    @server.feature(lsp.TEXT_DOCUMENT_DID_SAVE)
    def saved(params: lsp.DidSaveTextDocumentParams) -> None:
        server.check(params.text_document.uri)

    @server.feature(lsp.TEXT_DOCUMENT_DID_CLOSE)
    def closed(params: lsp.DidCloseTextDocumentParams) -> None:
        server.forget(params.text_document.uri)

    @server.feature(lsp.TEXT_DOCUMENT_COMPLETION, lsp.CompletionOptions(trigger_characters=["."]))
    def completions(params: lsp.CompletionParams) -> list[lsp.CompletionItem]:
        document, source, place = text(params)
        end = position(document, source, place)

        def item(number: int, found: Completion) -> lsp.CompletionItem:
            start = position(document, source, found.start)
            edit = lsp.TextEdit(lsp.Range(start, end), found.text)
            return lsp.CompletionItem(
                found.text, kind=KINDS[found.what], sort_text=f"{number:04}", text_edit=edit
            )

        return [item(i, found) for i, found in enumerate(complete(source.text, place))]

    @server.feature(lsp.TEXT_DOCUMENT_HOVER)
    def hover(params: lsp.HoverParams) -> lsp.Hover | None:
        document, source, place = text(params)
        word, start, end = word_at(source, place)
        spec = server.specs.get(document.uri)
        shown = described(spec, word) if spec is not None and word else None
        if shown is None:
            return None
        span = Span(source, start, end)
        content = lsp.MarkupContent(lsp.MarkupKind.Markdown, shown)
        return lsp.Hover(content, extent(document, span))

    @server.feature(lsp.TEXT_DOCUMENT_DEFINITION)
    def definition(params: lsp.DefinitionParams) -> lsp.Location | None:
        document, source, place = text(params)
        spec = server.specs.get(document.uri)
        span = declaration(spec, word_at(source, place)[0]) if spec is not None else None
        if span is None or span.source.text != source.text:
            return None
        return lsp.Location(document.uri, extent(document, span))

    @server.feature(lsp.TEXT_DOCUMENT_FORMATTING)
    def formatting(params: lsp.DocumentFormattingParams) -> list[lsp.TextEdit] | None:
        document = server.workspace.get_text_document(params.text_document.uri)
        try:
            new = laid_out(document.source)
        except ArchError:
            return None  # its diagnostics are shown already
        whole = lsp.Range(lsp.Position(0, 0), lsp.Position(len(document.lines) + 1, 0))
        return [lsp.TextEdit(whole, new)] if new != document.source else []

    @server.feature(
        lsp.TEXT_DOCUMENT_CODE_ACTION,
        lsp.CodeActionOptions(code_action_kinds=[lsp.CodeActionKind.QuickFix]),
    )
    def actions(params: lsp.CodeActionParams) -> list[lsp.CodeAction]:
        document = server.workspace.get_text_document(params.text_document.uri)
        return list(fixes(server, document, list(params.context.diagnostics)))

    return server
