"""`mockcrm serve` and `demo` over TLS: what they print, the file of the CA, and what they refuse."""

import os
import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from mockcrm import connect
from tests.docker.dockerfile import command
from tests.processes import COMMAND, run, served, started

KEY = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-days", "2", "-subj", "/CN=localhost"]
NAMES = ["-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"]


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a certificate, its key, the key with a password, and a file with certificate and key."""
    folder = tmp_path_factory.mktemp("own")
    made = ["openssl", "req", "-x509", *KEY, *NAMES, "-nodes", "-keyout", "key.pem", "-out", "cert.pem"]
    locked = ["openssl", "ec", "-aes128", "-passout", "pass:secret", "-in", "key.pem", "-out", "locked.pem"]
    for each in (made, locked):
        subprocess.run(each, cwd=folder, check=True, capture_output=True)
    (folder / "both.pem").write_text((folder / "cert.pem").read_text() + (folder / "key.pem").read_text())
    return folder


def get(url: str, ca: Path) -> httpx.Response:
    return httpx.get(url, verify=ssl.create_default_context(cafile=ca), trust_env=False)


def lines(said: str) -> dict[str, str]:
    """The lines below the first, by their beginnings."""
    return dict(_parts(said))


def _parts(said: str) -> Iterator[tuple[str, str]]:
    for line in said.splitlines():
        name, _, rest = line.strip().partition("   ")
        yield name, rest.strip()


def test_a_certificate_on_the_spot_is_good_for_this_machine_and_its_ca_is_told(tmp_path: Path) -> None:
    ca = tmp_path / "ca.pem"
    with served("--count", "1", "--tls", "--tls-ca-out", str(ca)) as server:
        assert server.url.startswith("https://127.0.0.1:")
        assert get(f"{server.url}/api/v1/events", ca).json()["length"] == 1
        assert get(f"{server.url.replace('127.0.0.1', 'localhost')}/health", ca).status_code == 200
        said = "".join(server.process.stdout.readline() for _ in range(5)) if server.process.stdout else ""
        assert lines(said)["its CA"] == str(ca)
        assert "http://" not in server.said + said
        result = run("audit", "--url", server.url, "--ca", str(ca))
        assert (result.returncode, result.stderr) == (0, "")
        assert "as `verify`" in run("audit", "--url", server.url).stderr
    assert ca.exists()


def test_without_a_place_the_ca_is_in_a_temporary_one_that_is_gone_at_the_end() -> None:
    with served("--count", "0", "--tls") as server:
        said = "".join(server.process.stdout.readline() for _ in range(5)) if server.process.stdout else ""
        ca = Path(lines(said)["its CA"])
        assert get(f"{server.url}/health", ca).status_code == 200
    assert not ca.exists()
    assert not ca.parent.exists()


def test_a_certificate_of_your_own_is_served_by_options_and_by_variables(own: Path) -> None:
    files = {"MOCKCRM_TLS_CERT": str(own / "cert.pem"), "MOCKCRM_TLS_KEY": str(own / "key.pem")}
    for options, env in (([], files), (["--tls-cert", str(own / "both.pem")], {})):
        with served("--count", "0", *options, env=env) as server:
            assert get(f"{server.url}/health", own / "cert.pem").status_code == 200


def test_where_gunicorn_cannot_run_the_threaded_server_speaks_tls(own: Path) -> None:
    options = ("--count", "0", "--tls-cert", str(own / "both.pem"))
    with served(*options, prelude="import sys; sys.modules['gunicorn'] = None") as server:
        assert get(f"{server.url}/health", own / "cert.pem").status_code == 200


def test_the_image_sees_that_it_is_healthy_with_tls_and_without(own: Path) -> None:
    for env in ({}, {"MOCKCRM_TLS_CERT": str(own / "both.pem")}):
        with served("--count", "0", env=env) as server:
            check = command("HEALTHCHECK", server.url.rpartition(":")[2])
            assert subprocess.run([COMMAND[0], *check[1:]], env=os.environ | env, check=False).returncode == 0


def test_the_demo_syncs_over_tls(tmp_path: Path) -> None:
    ca = tmp_path / "ca.pem"
    demo = [*COMMAND, "demo", "--port", "0", "--tls", "--tls-ca-out", str(ca)]
    with started(demo, os.environ) as server:
        crm = connect(server.url, verify=ca)
        crm.verify({"operation": "listEvents"}, timeout="30s")
        assert crm.requests.all()[0]["status"] == 200


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (("--tls", "--tls-cert", "both.pem"), "either --tls or --tls-cert"),
        (("--tls-key", "key.pem"), "--tls-key needs --tls-cert"),
        (("--tls-ca-out", "ca.pem"), "--tls-ca-out needs --tls"),
        (("--tls-cert", "missing.pem"), "missing.pem: No such file or directory"),
        (("--tls-cert", "cert.pem"), "cert.pem: it is not a PEM file with a certificate and its key"),
        (("--tls-cert", "key.pem"), "key.pem: it is not a PEM file with a certificate and its key"),
        (("--tls-cert", "cert.pem", "--tls-key", "locked.pem"), "the key is encrypted"),
        (("--tls", "--allowed-host", "no name"), "no name"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_what_makes_no_sense_is_refused_in_words(
    own: Path, options: tuple[str, ...], complaint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(own)
    here = [str(own / each) if each.endswith(".pem") else each for each in options]
    for name in ("serve", "demo"):
        result = run(name, "--port", "0", *here)
        assert result.returncode in (1, 2)
        assert complaint in " ".join(result.stderr.split())
        assert "Traceback" not in result.stderr


def test_a_place_for_the_ca_that_cannot_be_written_is_refused_in_words() -> None:
    result = run("serve", "--port", "0", "--count", "0", "--tls", "--tls-ca-out", "/nowhere/ca.pem")
    assert (result.returncode, "/nowhere/ca.pem cannot be written" in result.stderr) == (2, True)


def test_without_the_extra_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    prelude = "import sys; sys.modules['trustme'] = None; from mockcrm.cli.main import main; main()"
    serve = [COMMAND[0], "-c", prelude, "serve", "--port", "0", "--tls"]
    result = subprocess.run(serve, capture_output=True, text=True, check=False)
    assert (result.returncode, "pip install 'mockcrm[tls]'" in result.stderr) == (1, True)
