"""What a start imports: a budget of modules, for a test cannot hold time. Whoever exceeds it imports too early."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from mockcrm.cli.main import PLACES, main
from mockcrm.sandbox.late import Late, new_books

HELP = """
from mockcrm.cli.main import main
try:
    main(["--help"])
except SystemExit:
    pass
"""
SERVE = """
from mockcrm.cli.main import main
from mockcrm.web import server
server.run_server = lambda app, listeners, timeout, ready, tls, name: ready("a server")
try:
    main(["serve", "--port", "0", "--count", "0"])
except SystemExit:
    pass
"""
APP = "from mockcrm import create_app; create_app()"


def loaded(code: str) -> set[str]:
    """The modules that a new process has after it has run this."""
    report = f"{code}\nimport sys; print('\\n' + ' '.join(sys.modules))"
    done = subprocess.run([sys.executable, "-c", report], capture_output=True, text=True, check=True)
    return set(done.stdout.splitlines()[-1].split())


def ours(modules: set[str]) -> set[str]:
    return {name for name in modules if name.partition(".")[0] == "mockcrm"}


def test_help_imports_no_command_and_no_web_framework() -> None:
    modules = loaded(HELP)
    assert not modules & {"flask", "werkzeug", "marshmallow", "yaml", "regex", "faker"}
    assert len(ours(modules)) <= 15


def test_an_application_imports_nothing_for_later() -> None:
    modules = loaded(APP)
    assert not modules & {"faker", "regex", "yaml", "apispec", "icalendar", "recurring_ical_events", "dateutil"}
    assert not modules & {"gunicorn", "mockcrm.audit.books", "mockcrm.sandbox.moment", "mockcrm.sandbox.snapshot"}
    assert len(ours(modules)) <= 133


def test_an_empty_server_imports_no_other_command_and_nothing_for_later() -> None:
    modules = loaded(SERVE)
    assert not modules & {"faker", "regex", "yaml", "apispec", "mockcrm.sandbox.snapshot", "mockcrm.cli.demo.command"}
    assert len(ours(modules)) <= 152


@pytest.mark.parametrize("name", PLACES)
def test_the_list_of_commands_has_a_line_for_each(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main.commands[name].name == name
    with pytest.raises(SystemExit):
        main(["--help"])
    line = f"{name}  {PLACES[name].summary}"
    assert line.split() in [each.split() for each in capsys.readouterr().out.splitlines()]


def test_the_books_of_an_audit_are_made_once_whoever_asks_first() -> None:
    books = Late(new_books)
    with ThreadPoolExecutor(8) as threads:
        made = [*threads.map(lambda _: books.get(), range(8))]
    assert all(each is made[0] for each in made)
