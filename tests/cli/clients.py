"""Small clients under test, each a Python program that syncs once, as somebody brings theirs to `mockcrm trial`."""

import sys
from textwrap import dedent

_TOOLS = """
import http.client, json, os, sys, urllib.parse
place = urllib.parse.urlsplit(os.environ["CRM_URL"])
def ask(method, path, body=None, headers={}):
    connection = http.client.HTTPConnection(place.netloc, timeout=60)
    try:
        headers = {"Content-Type": "application/json", **headers}
        connection.request(method, place.path + path, body and json.dumps(body), headers)
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read() or "null")
    finally:
        connection.close()
"""

_READER = """
from pathlib import Path
file = Path(os.environ["CRM_STATE"], "state.json")
state = json.loads(file.read_text()) if file.exists() else {"since": None, "events": {}}
query = {"since": state["since"], "showDeleted": "true"} if state["since"] else {}
first = None
while True:
    status, page = ask("GET", "/events?" + urllib.parse.urlencode(query))
    if status != 200:
        sys.exit(f"The CRM answered with {status}.")
    first = first or page["asOf"]
    for record in page["records"]:
        if record.get("deleted"):
            state["events"].pop(record["id"], None)
        else:
            state["events"][record["id"]] = record
    if not page["nextPageToken"]:
        break
    query = {"pageToken": page["nextPageToken"]}
state["since"] = first
file.write_text(json.dumps(state))
"""

_LEAVES_A_COPY = """
Path(os.environ["CRM_REPLICA"]).write_text(json.dumps(state["events"]))
"""


def program(code: str) -> list[str]:
    """The command that runs a Python program, in which `ask` sends a request to the CRM."""
    return [sys.executable, "-S", "-c", _TOOLS + dedent(code)]


def plain(code: str) -> list[str]:
    """The command that runs a Python program as it is."""
    return [sys.executable, "-S", "-c", dedent(code)]


READER = program(_READER + _LEAVES_A_COPY)
"""Reads what changed since the first page's `asOf`, and leaves its copy. Some hazards harm it, most do not."""
SECRETIVE = program(_READER)
"""The same client, which shows its copy to nobody."""
FORGETFUL = program(_READER + "state['events'].pop(min(state['events']), None)\n" + _LEAVES_A_COPY)
"""The same client, which loses an event that it was told of."""
CRASHING = program("print('up to here all is well'); raise KeyError('records')")
SLEEPING = program("import time; ask('GET', '/events'); time.sleep(3600)")
ENDLESS = program("while True: ask('GET', '/events')")
DEAF = program(
    """
    while True:
        try:
            ask("GET", "/events")
        except Exception as error:
            print(error)
    """
)
"""Asks and asks, even where its connections break."""
ASTRAY = plain(
    """
    import http.client, os, urllib.parse
    place = urllib.parse.urlsplit(os.environ["CRM_URL"])
    connection = http.client.HTTPConnection(place.netloc)
    connection.request("GET", "/api/v1/events")
    connection.getresponse().read()
    """
)
"""Takes the server from CRM_URL, and forgets the path."""
AWAY = plain("")
"""Asks nothing of anybody."""
REFUSED = program("ask('GET', '/events?since=yesterday')")
