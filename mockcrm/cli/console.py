"""Prints for the commands: no text can steer a terminal, and a failure to print is reported in one line."""

import contextlib
import errno
import io
import os
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import click
import orjson

from mockcrm.base.escaping import harmless_lines, json_document
from mockcrm.base.saving import save
from mockcrm.errors import Refusal

STDOUT = Path("-")
"""The file that stands for standard output."""
_COLOUR = re.compile("(\x1b\\[[0-9;]*m)")
"""The codes that `click.style` puts around a text."""


class Unusable(click.ClickException):
    """Ends a command that could not do its work. Status 1 is for a command that did its work, with a bad result."""

    exit_code = 2


class Commands(click.Group):
    """The commands. None of them ends in a traceback because of a file, a server or a disk."""

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        **extra: Any,
    ) -> Any:
        """As click's, but errors quote foreign text safely, and the process always ends."""
        _escape_what_the_console_lacks()
        try:
            status = super().main(args, prog_name, complete_var, standalone_mode=False, **extra)
        except click.Abort:
            echo("Aborted!", err=True)
            status = Unusable.exit_code
        except click.ClickException as error:
            status = _print_error(error)
        except OSError as error:
            # click raises it while it prints help. An error about a file has a file name.
            if error.filename is not None:
                raise
            _silence(err=False)
            status = _print_error(_not_printed(error))
        sys.exit(status)


@contextlib.contextmanager
def refusals_in_words() -> Iterator[None]:
    """End the command with a refusal's message, and status 1."""
    try:
        yield
    except Refusal as refusal:
        raise click.ClickException(refusal.message) from refusal


def _escape_what_the_console_lacks() -> None:
    """Have the streams escape characters that the console's encoding lacks."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


class _FakeTerminal(io.StringIO):
    """Collects what click prints. If it were not a terminal, click would drop colour codes in foreign text."""

    def isatty(self) -> bool:
        return True


def _print_error(error: click.ClickException) -> int:
    """Print an error, and return its exit status."""
    text = _FakeTerminal()
    error.show(text)
    echo(text.getvalue().removesuffix("\n"), err=True)
    return error.exit_code


def echo(text: str, *, err: bool = False, styled: bool = False) -> None:
    """Print lines. Only `styled` text keeps its colours; all other unprintable characters are escaped.

    Raises `Unusable` if standard output cannot be written. If standard error cannot, the text is dropped.
    """
    with _printing(err=err) as stream:
        click.echo(_escaped(text, styled=styled), file=stream)


def _escaped(text: str, *, styled: bool) -> str:
    texts = _COLOUR.split(text) if styled else [text]
    # Every second part is a colour code.
    return "".join(part if place % 2 else harmless_lines(part) for place, part in enumerate(texts))


def echo_document(document: bytes) -> None:
    """Print a document for programs, unchanged. Raises `Unusable`."""
    write([document, b"\n"], STDOUT)


def echo_json(value: Any) -> None:
    """Print a value as indented JSON. Raises `Unusable`."""
    echo_document(json_document(value, orjson.OPT_INDENT_2))


def write(parts: Iterable[bytes], out: Path) -> None:
    """Write a command's result to its file, completely or not at all, or with `-` to standard output.

    Raises `Unusable`.
    """
    if out == STDOUT:
        with _printing() as stream:
            stream.buffer.writelines(parts)
            stream.flush()
        return
    try:
        save(out, parts)
    except OSError as error:
        raise Unusable(f"{out} cannot be written: {error.strerror}.") from error


def is_terminal(stream: Any) -> bool:
    """Whether a line can be written in place, and in colours, there. None is a stream that was closed."""
    return stream is not None and bool(stream.isatty()) and os.environ.get("TERM") != "dumb"


def shows_colours(stream: Any) -> bool:
    """Whether texts are coloured there: not where `NO_COLOR` is set (https://no-color.org)."""
    return is_terminal(stream) and not os.environ.get("NO_COLOR")


@contextlib.contextmanager
def _printing(*, err: bool = False) -> Iterator[Any]:
    try:
        yield _stream(err=err)
    except OSError as error:
        _silence(err=err)
        if not err:
            raise _not_printed(error) from error


def _stream(*, err: bool) -> Any:
    """Standard output or error. Raises `OSError` where it was closed before the process began."""
    stream = sys.stderr if err else sys.stdout
    if stream is None:
        raise OSError(errno.EBADF, os.strerror(errno.EBADF))
    return stream


def _not_printed(error: OSError) -> Unusable:
    return Unusable(f"Standard output cannot be written: {error.strerror}.")


def _silence(*, err: bool) -> None:
    """Otherwise Python would try to write the rest of the buffer at the end, and end with status 120."""
    with contextlib.suppress(OSError), Path(os.devnull).open("wb") as nowhere:
        os.dup2(nowhere.fileno(), _stream(err=err).fileno())


def say(line: str | bytes, *, err: bool, styled: bool = False) -> None:
    """Print a line for the person who started a server. If they closed the pipe, the server goes on.

    Texts are escaped as by `echo`, bytes are printed as they are.
    """
    with contextlib.suppress(OSError):
        try:
            click.echo(_escaped(line, styled=styled) if isinstance(line, str) else line, file=_stream(err=err))
        except BrokenPipeError:
            _silence(err=err)
