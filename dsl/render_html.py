"""Diagnostics as HTML: the text rendering with colours, no script, the same every time."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from .diagnostics import Diagnostic
from .layout import Line, Style, lay_out

# Theme variables of JupyterLab first, then of VS Code, then a colour readable on light and dark.
COLOURS: dict[Style, str] = {
    "error": "var(--jp-error-color1, var(--vscode-errorForeground, #d13438))",
    "warning": "var(--jp-warn-color1, var(--vscode-editorWarning-foreground, #b86e00))",
    "frame": "var(--jp-ui-font-color2, var(--vscode-descriptionForeground, #7a7a7a))",
    "second": "var(--jp-info-color1, var(--vscode-textLink-foreground, #2b7fd0))",
}
FRAME = (
    "margin:0;padding:.5em .75em;white-space:pre;overflow-x:auto;line-height:1.35;"
    "font-family:var(--jp-code-font-family, var(--vscode-editor-font-family, monospace));"
    "font-size:var(--jp-code-font-size, 13px);"
    "color:var(--jp-content-font-color1, var(--vscode-foreground, inherit));"
    "background:transparent;border-left:3px solid "
)


def html(diagnostics: Iterable[Diagnostic]) -> str:
    """One `<pre>` with what `render_text.text` shows; empty if there are no diagnostics."""
    many = list(diagnostics)
    if not many:
        return ""
    worst: Style = "error" if any(d.level == "error" for d in many) else "warning"
    body = "\n".join(_line(line) for line in lay_out(many))
    style = escape(FRAME + COLOURS[worst], quote=True)
    return f'<pre class="archwright-diagnostics" style="{style}">{body}</pre>'


def _line(line: Line) -> str:
    pieces = []
    for i, piece in enumerate(line):
        text = escape(piece.text.rstrip() if i == len(line) - 1 else piece.text)
        colour = COLOURS.get(piece.style)
        pieces.append(text if colour is None else f'<span style="color:{colour}">{text}</span>')
    return "".join(pieces)
