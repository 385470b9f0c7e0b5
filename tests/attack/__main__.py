"""Attack servers that are started for it with hostile requests, and say what came of them."""

import argparse
import sys

from tests.attack.campaign import Figures, attack, life_of
from tests.attack.requests import Request
from tests.attack.summary import summary
from tests.attack.victim import KINDS, Kind
from tests.attack.wire import Answer

EPILOG = """A request is made from the seed and its number. --only sends those since the server was last brought back to
its first state, holds the state against the one before after each of them, and shows this one and its answer."""


def main() -> int:
    parser = argparse.ArgumentParser(prog="make attack", description=__doc__, epilog=EPILOG)
    parser.add_argument("--requests", type=int, default=10_000, help="how many to each server (default 10000)")
    parser.add_argument("--seed", type=int, default=1, help="what they are drawn from (default 1)")
    parser.add_argument("--server", choices=KINDS, action="append", help="one or more; by default all three")
    parser.add_argument("--only", type=int, metavar="NUMBER", help="one request, and those before it")
    payload = parser.parse_args()
    found = [_attack(kind, payload) for kind in payload.server or KINDS]
    return int(any(found))


def _attack(kind: Kind, payload: argparse.Namespace) -> bool:
    """Whether there were problems."""
    if payload.only is None:
        figures = attack(kind, payload.seed, range(payload.requests), tell=_progress)
    else:
        numbers = range(life_of(payload.only), payload.only + 1)
        figures = attack(kind, payload.seed, numbers, show=lambda *exchange: _show(payload.only, *exchange))
    print(f"\n{summary(kind, payload.seed, figures)}\n")  # noqa: T201
    return bool(figures.problems)


def _progress(figures: Figures) -> None:
    rate = figures.requests / figures.seconds
    sys.stderr.write(f"\r{figures.requests:,} requests, {rate:.0f} a second, {len(figures.problems)} problems ")


def _show(only: int, request: Request, answers: list[Answer]) -> None:
    if request.number == only:
        payload = [f"{each.status} {dict(each.headers)} {each.body[:4000]!r}" for each in answers]
        print(f"{request.manner}: {request.data!r}", *payload, sep="\n\n")  # noqa: T201


if __name__ == "__main__":
    sys.exit(main())
