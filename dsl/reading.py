"""Files and bytes to `Source`: what is text, and how much of it is taken."""

from __future__ import annotations

import re
from pathlib import Path

from .diagnostics import ArchError, Diagnostic
from .limits import Limits
from .source import Source, Span

USUAL = Limits()
_NO_TEXT = re.compile("[\0\ud800-\udfff]")


def read(path: str | Path, name: str | None = None, limits: Limits = USUAL) -> Source:
    """Read a file of UTF-8 text.

    Parameters
    ----------
    path : str or Path
    name : str, optional
        What diagnostics call it; the path as given by default.
    limits : Limits

    Raises
    ------
    ArchError
        `file-not-found`, `not-text` (also for a folder), `file-too-large`, `file-unreadable`.
    """
    shown = str(path) if name is None else name
    file = Path(path)
    try:
        with file.open("rb") as stream:
            data = stream.read(limits.file + 1)
    except (FileNotFoundError, NotADirectoryError):
        raise _fault("file-not-found", f"there is no file `{shown}`", *_nearby(file)) from None
    except IsADirectoryError:
        within = sorted(entry.name for entry in file.glob("*.arch"))[:3]
        note = (f"it holds {', '.join(within)}",) if within else ()
        raise _fault("not-text", f"`{shown}` is a folder, expected a spec", *note) from None
    except ValueError:  # a NUL in the path
        raise _fault("file-not-found", f"`{shown!r}` is no path of a file") from None
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise _fault("file-unreadable", f"`{shown}` cannot be read: {reason}") from None
    return decode(data, shown, limits)


def decode(data: bytes, name: str, limits: Limits = USUAL) -> Source:
    """The text of some bytes, with one kind of line end and without byte order mark."""
    if len(data) > limits.file:
        raise _too_large(name, limits)
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise _fault("not-text", f"`{name}` is written in UTF-16, expected UTF-8")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        wrong = f"byte 0x{data[error.start]:02x} in line {line}"
        raise _fault("not-text", f"`{name}` is not UTF-8 text: {wrong}") from None
    return from_text(text, name, limits)


def from_text(text: str, name: str = "<text>", limits: Limits = USUAL) -> Source:
    """The source of a string that is in memory already."""
    plain = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    source = Source(name, plain, limits)
    check_text(source)
    return source


def check_text(source: Source) -> None:
    """Refuse what is too long, or holds characters that no text has.

    Raises
    ------
    ArchError
        `file-too-large` or `not-text`.
    """
    name, text = source.name, source.text
    if len(text) > source.limits.file:
        raise _too_large(name, source.limits)
    wrong = _NO_TEXT.search(text)
    if wrong is not None:
        what = "a zero byte" if wrong.group() == "\0" else "half of a surrogate pair"
        message = f"`{name}` is not text: it holds {what}"
        raise ArchError(Diagnostic("not-text", message, Span(source, *wrong.span()), what))


def _nearby(file: Path) -> tuple[str, ...]:
    """Names in the same folder that look like the one asked for."""
    from difflib import get_close_matches

    try:
        names = sorted(entry.name for entry in file.parent.iterdir())[:10_000]
    except OSError:
        return (f"there is no folder `{file.parent}` either",)
    close = get_close_matches(file.name, names, 3)
    return tuple(f"did you mean `{name}`?" for name in close)


def _too_large(name: str, limits: Limits) -> ArchError:
    message = f"`{name}` is larger than the {limits.file:_} bytes that a spec may have"
    note = "large data belongs into a table read `from` a file"
    return _fault("file-too-large", message, note, limits.note("file"))


def _fault(slug: str, message: str, *notes: str) -> ArchError:
    return ArchError(Diagnostic(slug, message, None, notes=notes))
