"""What the commands print: nothing in it steers a terminal, and when it cannot be printed, that is said in a line."""

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

_STDOUT = Path("-")
_COLOUR = re.compile("(\x1b\\[[0-9;]*m)")
"""What `click.style` puts around a text."""


class Unusable(click.ClickException):
    """What ends a command that could not do its work; status 1 is for one that has looked, and found something."""

    exit_code = 2


class Commands(click.Group):
    """The commands of the command line, of which none ends in a traceback for what a file, a server or a disk did."""

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        **extra: Any,
    ) -> Any:
        """As click's, but with errors that quote strangers safely; it always ends the process."""
        _show_what_can_be_shown()
        try:
            status = super().main(args, prog_name, complete_var, standalone_mode=False, **extra)
        except click.Abort:
            echo("Aborted!", err=True)
            status = Unusable.exit_code
        except click.ClickException as error:
            status = _complained(error)
        except OSError as error:
            # Of click's own, which prints help; what fails with a file names it.
            if error.filename is not None:
                raise
            _silence(err=False)
            status = _complained(_unprinted(error))
        sys.exit(status)


@contextlib.contextmanager
def refusals_in_words() -> Iterator[None]:
    try:
        yield
    except Refusal as refusal:
        raise click.ClickException(refusal.message) from refusal


def _show_what_can_be_shown() -> None:
    """Have the streams escape what the console's encoding has no letters for."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


class _Terminal(io.StringIO):
    """Takes what click prints; of what is no terminal click would drop the colours of strangers, unseen."""

    def isatty(self) -> bool:
        return True


def _complained(error: click.ClickException) -> int:
    """Print an error; the status that it ends with."""
    text = _Terminal()
    error.show(text)
    echo(text.getvalue().removesuffix("\n"), err=True)
    return error.exit_code


def echo(text: str, *, err: bool = False, styled: bool = False) -> None:
    """Print lines, of which those that are `styled` keep their colours; all else that is no letter is escaped.

    Raises `Unusable` where standard output cannot be written. Where standard error cannot, nobody listens.
    """
    texts = _COLOUR.split(text) if styled else [text]
    # Every other is a colour.
    shown = "".join(part if place % 2 else harmless_lines(part) for place, part in enumerate(texts))
    with _printing(err=err) as stream:
        click.echo(shown, file=stream)


def echo_document(document: bytes) -> None:
    """Print what is for programs, and harmless as it is. Raises `Unusable`."""
    write([document, b"\n"], _STDOUT)


def echo_json(told: Any) -> None:
    echo_document(json_document(told, orjson.OPT_INDENT_2))


def write(parts: Iterable[bytes], out: Path) -> None:
    """Write what a command has made to its file, as a whole or not at all, or with `-` to standard output.

    Raises `Unusable`.
    """
    if out == _STDOUT:
        with _printing() as stream:
            stream.buffer.writelines(parts)
            stream.flush()
        return
    try:
        save(out, parts)
    except OSError as error:
        raise Unusable(f"{out} cannot be written: {error.strerror}.") from error


@contextlib.contextmanager
def _printing(*, err: bool = False) -> Iterator[Any]:
    try:
        yield _stream(err=err)
    except OSError as error:
        _silence(err=err)
        if not err:
            raise _unprinted(error) from error


def _stream(*, err: bool) -> Any:
    """Standard output or error. Raises `OSError` where it was closed before the process began."""
    stream = sys.stderr if err else sys.stdout
    if stream is None:
        raise OSError(errno.EBADF, os.strerror(errno.EBADF))
    return stream


def _unprinted(error: OSError) -> Unusable:
    return Unusable(f"Standard output cannot be written: {error.strerror}.")


def _silence(*, err: bool) -> None:
    """Else Python would try what is left in the buffer once more at the end, and end with status 120."""
    with contextlib.suppress(OSError), Path(os.devnull).open("wb") as nowhere:
        os.dup2(nowhere.fileno(), _stream(err=err).fileno())


def say(line: str | bytes, *, err: bool) -> None:
    """Say a line to whoever started a server, who may have closed the pipe: it serves all the same."""
    with contextlib.suppress(OSError):
        try:
            click.echo(harmless_lines(line) if isinstance(line, str) else line, file=_stream(err=err))
        except BrokenPipeError:
            _silence(err=err)
