"""Pages that follow a server, as that in the browser does, each on a connection of its own. A process of its own.

A page loads its own files once. It asks what is new once a second, and what clients know of events if that has changed.

`python -m benchmarks.followers http://127.0.0.1:8080 50` goes on until it is ended.
"""

import http.client
import math
import re
import sys
import threading
import time
from urllib.parse import urlsplit

KNOWLEDGE = re.compile(rb'"knowledge":(\d+)')
MARCH = "/admin/audit/events?startAt=2026-03-01T00:00:00Z&endAt=2026-04-01T00:00:00Z"


def follow(url: str, share: float, loaded: threading.Semaphore) -> None:
    """Be one page: load its files, and then ask each second, at that share of it."""
    address = urlsplit(url)
    connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=60)

    def get(path: str) -> bytes:
        connection.request("GET", path)
        return connection.getresponse().read()

    for file in re.findall(rb'(?:href|src)="(console/[^"]+)"', get("/")):
        get(f"/{file.decode()}")
    loaded.release()
    number, known, due = "", b"", math.ceil(time.monotonic()) + share
    while True:
        time.sleep(max(0.0, due - time.monotonic()))
        # The number stands at the beginning: what else there is costs this process nothing.
        answer = get(f"/admin/feed{number}")
        if (found := KNOWLEDGE.search(answer)) and found[1] != known:
            known = found[1]
            get(MARCH)
        number = f"?after={answer[:40].split(b':')[1].split(b',')[0].decode()}"
        due += 0 if b'"more":true' in answer[:100] else 1


def main() -> None:
    url, pages = sys.argv[1], int(sys.argv[2])
    loaded = threading.Semaphore(0)
    for page in range(pages):
        threading.Thread(target=follow, args=(url, page / pages, loaded), daemon=True).start()
    for _ in range(pages):
        loaded.acquire()
    print("All pages are there.", flush=True)  # noqa: T201
    threading.Event().wait()


if __name__ == "__main__":
    main()
