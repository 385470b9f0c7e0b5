"""The command that tries a sync client against every hazard."""

import contextlib
import os
import shlex
import tempfile
import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from mockcrm.base.declaring import dataclass
from mockcrm.base.wsgi import NoAnswer
from mockcrm.cli.console import Unusable
from mockcrm.cli.options import OUT, TRUSTED_CA, NameType, SecondsType, TokenType, format_options, option, options
from mockcrm.cli.settings import MAX_INTEGER
from mockcrm.cli.trial.interruption import interruptible
from mockcrm.cli.trial.known import KnownType
from mockcrm.cli.trial.progress import TrialProgress
from mockcrm.cli.trial.rendering import FORMS, write_report
from mockcrm.client.connection import Refused
from mockcrm.client.crm import Crm, connect
from mockcrm.crm.dialect.named import names
from mockcrm.trials.command import COMMAND_TERMS, TIMEOUT, CommandClient
from mockcrm.trials.hazards import Hazard, UnknownHazard, hazards
from mockcrm.trials.outcome import TrialReport
from mockcrm.trials.play import MAX_TRIAL_REQUESTS, ClientUnusable
from mockcrm.trials.random_trials import RandomTrials, save_scenarios
from mockcrm.trials.suite import MOST_JOBS, MOST_REQUESTS, MOST_SETTLING, Suite, TrialSettings, own_server

_MAX_TIMEOUT = 86_400
"""The longest time-out of a sync, in seconds."""
_MAX_RANDOM = 100_000


def _chosen(ctx: click.Context, param: click.Parameter, words: tuple[str, ...]) -> list[Hazard]:
    """The hazards that the words choose."""
    try:
        return hazards(*words)
    except UnknownHazard as error:
        raise click.BadParameter(str(error)) from error


def _writable(ctx: click.Context, param: click.Parameter, out: Path) -> Path:
    """The path of the report, which would be lost if there was no folder for it in the end."""
    if not out.parent.is_dir():
        raise click.BadParameter(f"There is no folder {str(out.parent)!r}.")
    return out


def _cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


ONLY = click.option(
    "--only",
    "chosen",
    multiple=True,
    callback=_chosen,
    help="A hazard to choose, or a group of them: watermark, paging …, reading, writing, mailbox, replica; can be "
    "repeated. [default: all hazards]",
)
_PLAYING = (
    click.option(
        "--timeout", default=TIMEOUT, type=SecondsType(0.1, _MAX_TIMEOUT), help="How many seconds a sync may take."
    ),
    click.option(
        "--requests",
        default=MAX_TRIAL_REQUESTS,
        type=click.IntRange(1, MOST_REQUESTS),
        help="How many requests a sync may send.",
    ),
    click.option(
        "--settle",
        default=0,
        type=click.IntRange(0, MOST_SETTLING),
        help="How many more times to sync after the end of each hazard. Faults are gone by then; the dialect stays.",
    ),
    click.option(
        "--jobs",
        type=click.IntRange(1, MOST_JOBS),
        help="How many hazards are played at a time. [default: the number of cores]",
    ),
    click.option("--seed", type=click.IntRange(0, MAX_INTEGER), help="The seed of everything random."),
    click.option("--dialect", type=NameType(names()), help="The dialect of the CRM's API."),
)
_CLIENT = (
    click.option("--no-mailbox", is_flag=True, help="The client does not carry over what users do on the other side."),
    click.option("--no-writes", is_flag=True, help="The client does not write to the CRM."),
    click.option("--no-replica", is_flag=True, help="The client does not show its copy of the events."),
)
_SERVER = (
    option("--url", help="The address of a server that runs elsewhere. [default: a server of its own]"),
    option("--admin-token", type=TokenType(), help="The bearer token that the controls of that server require."),
    TRUSTED_CA,
)
_REPORT = (
    click.option(
        "--known",
        type=KnownType(),
        help="A file of hazards and random trials whose failure is expected, one per line.",
    ),
    click.option("--fail-fast", is_flag=True, help="Stop at the first failure that is not known."),
    *format_options(*FORMS, meaning="Text for people, JSON for programs, JUnit's XML for a CI server, or a page."),
    click.option(
        "--out",
        default="-",
        type=click.Path(path_type=Path, allow_dash=True, dir_okay=False, writable=True),
        callback=_writable,
        help=OUT,
    ),
)
_RANDOM = (
    click.option(
        "--random",
        default=0,
        type=click.IntRange(0, _MAX_RANDOM),
        help="How many random scenarios to play. Hazards are played too only if --only chooses them. The seeds of the "
        "scenarios count up from --seed, or from 0.",
    ),
    click.option(
        "--save",
        type=click.Path(path_type=Path, file_okay=False, writable=True),
        help="A folder for the scenario file of each failure that random trials find.",
    ),
)

TRIAL_OPTIONS = (*_PLAYING, *_CLIENT, *_SERVER, *_REPORT)
"""The options with which hazards that are already chosen are played, and reported of: those of `try_command`."""


@click.command("trial", context_settings={"allow_interspersed_args": False})
@options(ONLY, *_RANDOM, *TRIAL_OPTIONS)
@click.argument("command", nargs=-1, required=True, type=click.UNPROCESSED)
def try_client(command: tuple[str, ...], chosen: list[Hazard], **given: Any) -> None:
    """Try a sync client against every hazard: COMMAND is run once for each sync.

    It finds what it needs in environment variables. CRM_URL is the address of the API, CRM_STATE a folder that is kept
    from sync to sync, CRM_SYNC the number of the sync, CRM_MAILBOX a JSON file of what users did on the other side, and
    CRM_REPLICA a path where it may leave its copy of the events. In its arguments, {url}, {state}, {sync}, {mailbox}
    and {replica} stand for the same.

    The status is 1 if a hazard failed, stalled or crashed and is not in the file of --known; otherwise 2 if one is
    inconclusive or was not played; otherwise 0.
    """
    source = click.get_current_context().get_parameter_source("chosen")
    if given["random"] and source == click.core.ParameterSource.DEFAULT:
        chosen = []
    try_command(command, chosen, **given)


def try_command(
    command: Sequence[str],
    chosen: Sequence[Hazard],
    *,
    known: frozenset[str] | None,
    form: str,
    as_json: bool,
    out: Path,
    **given: Any,
) -> None:
    """Try a command against some hazards, with `TRIAL_OPTIONS`, and write the report; ends with its status."""
    trial = _CommandTrial(command, chosen, known or frozenset(), **given)
    report = trial.run()
    write_report(report, "json" if as_json else form, out)
    raise click.exceptions.Exit(report.status)


@dataclass(frozen=True)
class _CommandTrial:
    """The trial of a command, with the options of `mockcrm trial`."""

    command: Sequence[str]
    chosen: Sequence[Hazard]
    known: frozenset[str]
    timeout: float
    requests: int
    settle: int
    jobs: int | None
    seed: int | None
    dialect: str | None
    no_mailbox: bool
    no_writes: bool
    no_replica: bool
    url: str | None
    admin_token: str | None
    ca: Path | None
    fail_fast: bool
    random: int = 0
    save: Path | None = None

    def run(self) -> TrialReport:
        """Try the command. Raises `Unusable` if it cannot be run, or if there is no server."""
        stopping, progress = threading.Event(), TrialProgress(len(self.chosen) + self.random, self._what)
        with (
            self._server() as server,
            tempfile.TemporaryDirectory(prefix="mockcrm-trial-", ignore_cleanup_errors=True) as folder,
            interruptible(stopping),
            progress.shown(),
            _failures_in_words(),
        ):
            if self.save is not None:
                _make(self.save)
            suite = Suite(
                server,
                lambda crm: self._client(crm, Path(folder), stopping),
                self._settings(),
                progress.note,
                stopping,
                COMMAND_TERMS,
            )
            trials = RandomTrials(suite, progress.say)
            report = trials.run(self.chosen, self.random, shlex.join(self.command), self.known)
        if self.save is not None:
            report = save_scenarios(report, self.save, progress.say)
        own = {"timeout": self.timeout if self.timeout != TIMEOUT else None, "url": self.url}
        more = {name: value for name, value in own.items() if value is not None}
        return replace(report, settings={**report.settings, **more}, command=self.command)

    @property
    def _what(self) -> str:
        """What is played, one of which is called so."""
        if not self.random:
            return "hazard"
        return "trial" if self.chosen else "random trial"

    def _settings(self) -> TrialSettings:
        return TrialSettings(
            settle=self.settle,
            max_requests=self.requests,
            jobs=self.jobs or _cores(),
            seed=self.seed,
            dialect=self.dialect,
            fail_fast=self.fail_fast,
            mailbox=not self.no_mailbox,
            writes=not self.no_writes,
            replica=not self.no_replica,
        )

    def _client(self, crm: Crm, folder: Path, stopping: threading.Event) -> CommandClient:
        own = Path(tempfile.mkdtemp(dir=folder))
        return CommandClient(
            self.command, crm, own, timeout=self.timeout, max_requests=self.requests, stopping=stopping
        )

    @contextlib.contextmanager
    def _server(self) -> Iterator[Crm]:
        if self.url is None:
            with own_server() as server:
                yield server
        else:
            yield _server_at(self.url, self.admin_token, self.ca)


def _make(folder: Path) -> None:
    """Make the folder for scenario files, before the trial: in the end it might be too late. Raises `Unusable`."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Unusable(f"{folder} cannot be made: {error.strerror}.") from error


def _server_at(url: str, token: str | None, ca: Path | None) -> Crm:
    """The controls of a server elsewhere, which must answer. Raises `Unusable`."""
    try:
        server = connect(url, token=token, verify=ca or True)
        answer = server.ask("GET", "/dialect")
    except NoAnswer as error:
        raise Unusable(f"{error}. Is a server running there?") from error
    except (Refused, ValueError) as error:
        raise Unusable(f"{url}: {error}") from error
    if not isinstance(answer, dict) or "name" not in answer:
        raise Unusable(f"{url} is not mockcrm.")
    return server


@contextlib.contextmanager
def _failures_in_words() -> Iterator[None]:
    """End the command with status 2 where nothing can be said of the client."""
    try:
        yield
    except ClientUnusable as error:
        raise Unusable(str(error)) from error
    except (Refused, NoAnswer) as error:
        raise Unusable(f"The server cannot be controlled: {error}") from error
    except OSError as error:
        raise Unusable(f"{error.filename or 'A file of the trial'} cannot be written: {error.strerror}.") from error
