"""The routes that a start does not import: whoever asks first for one of them finds all, also beside others."""

import json
import subprocess
import sys
from typing import Any

from mockcrm import create_app
from mockcrm.web.app import with_all_routes
from mockcrm.web.openapi.declare import HEADERS, PARAMETERS, declaration_of

PATHS = [
    "/admin/clock",
    "/admin/events",
    "/",
    "/calendar.ics",
    "/openapi.json",
    "/version",
    "/api/v1/events",
]
AT_ONCE = f"""
import json, sys
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from mockcrm import create_app
app, other, paths = create_app(), create_app(), {PATHS}
before = [name for name in ("mockcrm.web.admin", "mockcrm.web.console.pages") if name in sys.modules]
together = Barrier(2 * len(paths))
def ask(asked):
    whom, path = asked
    together.wait()
    return whom.test_client().get(path).status_code
with ThreadPoolExecutor(2 * len(paths)) as threads:
    found = [*threads.map(ask, [(each, path) for each in (app, other) for path in paths])]
print(json.dumps([before, found]))
"""


def in_a_new_process(code: str) -> Any:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def test_first_requests_at_once_find_every_route() -> None:
    early, found = in_a_new_process(AT_ONCE)
    assert early == []
    assert found == 2 * len(PATHS) * [200]


def test_a_start_has_the_routes_of_the_api_alone() -> None:
    code = "from mockcrm import create_app; print(len([*create_app().url_map.iter_rules()]))"
    every = [*with_all_routes(create_app()).url_map.iter_rules()]
    assert in_a_new_process(code) == len([each for each in every if each.endpoint.startswith(("api.", "about."))])


def test_what_is_never_masked_is_what_the_calls_declare() -> None:
    app = with_all_routes(create_app())
    declared = [declaration_of(app.view_functions[rule.endpoint]) for rule in app.url_map.iter_rules()]
    assert {"X-Mockcrm-Client"}.union(*(each.reads for each in declared)) == HEADERS
    assert set().union(*(each.query().fields for each in declared)) == PARAMETERS
