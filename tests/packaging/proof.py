"""A program for an environment in which mockcrm is installed: it has the server answer, and prints what it says.

It runs with the Python of that environment, which has nothing of our tests. Whatever the versions of the libraries
are, it must print the same; a warning is an error.
"""

import importlib
import json
import pkgutil
import re
import signal
import subprocess
import sys
from http.client import HTTPConnection
from typing import Any

import mockcrm

NEED_MORE = {
    "mockcrm.crm.ics",
    "mockcrm.web.granian",
    "mockcrm.web.gunicorn",
    "mockcrm.client.httpx_transport",
    "mockcrm.client.requests_adapter",
}
"""What needs an extra, a newer gunicorn, or a library that only its users have."""
NEED_PYTEST = {"mockcrm.pytest_plugin"}
QUESTIONS: list[tuple[str, str, Any]] = [
    ("GET", "/health", None),
    ("GET", "/openapi.json", None),
    ("GET", "/calendar.ics", None),
    ("GET", "/admin/dialects", None),
    ("GET", "/api/v1/events?startAt=2026-01-01T00:00:00Z&endAt=2027-01-01T00:00:00Z&showDeleted=true", None),
    ("GET", "/api/v1/events?startAt=1768000000000&endTime=2026-02-30T00:00:00Z&pageToken=bm8.x", None),
    ("POST", "/api/v1/events", {"subjct": "Demo", "startTime": 5, "endTime": "2026-03-02T00:00:00Z", "attendees": {}}),
    ("POST", "/admin/faults", {"match": {"path": {"matches": "^/api/v1/ev"}}, "effect": {"status": 503}}),
    ("POST", "/admin/faults", {"match": {"path": {"matches": "("}, "page": -1}, "effect": {"delay": "-5m"}}),
    ("GET", "/api/v1/events/1", None),
    ("POST", "/admin/requests/count", {"operation": "getEvent", "path": {"matches": "ev"}}),
    ("POST", "/admin/actions", {"actions": [{"edit": {"id": 1}}, {"advance": {"by": 5}}, {"edt": {}}]}),
    ("POST", "/admin/seed", {"count": 20, "seed": 7}),
    ("POST", "/admin/audit", {"replica": [{"id": "1013", "subject": "Old"}]}),
    ("PUT", "/admin/snapshot", {"version": "old"}),
    ("GET", "/admin/audit", None),
]


def import_all() -> None:
    """Import each module, as far as it can be imported without extras."""
    left_out = NEED_MORE | (set() if importlib.util.find_spec("pytest") else NEED_PYTEST)
    for module in pkgutil.walk_packages(mockcrm.__path__, "mockcrm."):
        if not any(f"{module.name}.".startswith(f"{name}.") for name in left_out) and module.name != "mockcrm.__main__":
            importlib.import_module(module.name)


def asked(port: int) -> list[Any]:
    """The statuses and bodies of the answers."""
    crm = HTTPConnection("127.0.0.1", port, timeout=60)
    answers = []
    for method, path, body in QUESTIONS:
        crm.request(method, path, body and json.dumps(body), {"Content-Type": "application/json"} if body else {})
        answer = crm.getresponse()
        # Where a calendar folds its lines is the library's own affair.
        text = answer.read().decode().replace("\r\n ", "").replace(f":{port}", "")
        answers.append([method, path, answer.status, text])
    crm.close()
    return answers


def main() -> None:
    import_all()
    command = [sys.executable, "-W", "error", "-m", "mockcrm", "serve", "--port", "0", "--scenario", "nasty"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        try:
            said = ""
            while not (port := re.search(r"http://127\.0\.0\.1:(\d+)", said)):
                line = process.stdout.readline() if process.stdout else ""
                assert line, said
                said += line
            json.dump(asked(int(port[1])), sys.stdout, indent=1)
        finally:
            process.send_signal(signal.SIGTERM)
        said += process.stdout.read() if process.stdout else ""
    if process.returncode:
        sys.exit(f"The server ended with {process.returncode}. It said: {said}")


if __name__ == "__main__":
    main()
