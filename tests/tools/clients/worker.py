"""Runs syncs of one tool, in the tool's own environment: `worker.py dlt_client` reads an order a line from its input.

An order is `{"url": …, "state": …, "tombstones": …}`; the answer is `{"records": […], "error": …}`, also on one line.
"""

import importlib
import json
import os
import sys
from pathlib import Path


def main() -> None:
    client = importlib.import_module(sys.argv[1])
    # Whatever a tool prints must not come between the answers.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    for line in sys.stdin:
        order, records, error = json.loads(line), None, None
        try:
            records = client.sync(order["url"], Path(order["state"]), tombstones=order["tombstones"])
        except Exception as problem:
            error = f"{type(problem).__name__}: {problem}"[:300]
        answers.write(json.dumps({"records": records, "error": error}) + "\n")
        answers.flush()


main()
