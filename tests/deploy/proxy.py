"""HAProxy as `deploy/haproxy.cfg` has it, before nodes that the test has started."""

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from tests.forking import PATIENCE

CONFIG = Path(__file__).parents[2] / "deploy" / "haproxy.cfg"
HAPROXY = shutil.which("haproxy", path=f"{os.environ['PATH']}:/usr/sbin:/usr/local/sbin")


@dataclass(frozen=True)
class Proxy:
    url: str
    pid: int


@contextmanager
def proxied(nodes: Sequence[str], config: Path = CONFIG) -> Iterator[Proxy]:
    """A proxy before the nodes with these addresses, for as long as the block."""
    assert HAPROXY
    with socket.create_server(("127.0.0.1", 0)) as listener:
        number = listener.fileno()
        places = {f"NODE_{at}": urlsplit(node).netloc for at, node in enumerate(nodes, 1)}
        process = subprocess.Popen(
            [HAPROXY, "-db", "-f", str(config)],
            env={"BIND": f"fd@{number}", "PATH": os.environ["PATH"], **places},
            pass_fds=[number],
            stderr=subprocess.PIPE,
        )
        try:
            yield Proxy("http://{}:{}".format(*listener.getsockname()), process.pid)
        finally:
            process.terminate()
            process.communicate(timeout=PATIENCE)
