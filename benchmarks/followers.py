"""Pages that follow a server: each asks what is new once a second, on a connection of its own. A process of its own.

`python -m benchmarks.followers http://127.0.0.1:8080 50` goes on until it is ended.
"""

import http.client
import sys
import threading
import time
from urllib.parse import urlsplit


def follow(url: str, first: float) -> None:
    """Be one page, that asks for the first time at that instant of `time.monotonic`."""
    address = urlsplit(url)
    connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=60)
    number, due = "", first
    while True:
        time.sleep(max(0.0, due - time.monotonic()))
        connection.request("GET", f"/admin/feed{number}")
        # The number stands at the beginning: what else there is costs this process nothing.
        answer = connection.getresponse().read()
        number = f"?after={answer[:40].split(b':')[1].split(b',')[0].decode()}"
        due += 0 if b'"more":true' in answer[:100] else 1


def main() -> None:
    url, pages = sys.argv[1], int(sys.argv[2])
    begin = time.monotonic()
    for page in range(pages):
        threading.Thread(target=follow, args=(url, begin + page / pages), daemon=True).start()
    threading.Event().wait()


if __name__ == "__main__":
    main()
