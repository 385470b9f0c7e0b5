"""The query parameter `wait`: how long a verdict waits for requests that are under way (contract, section 7)."""

from datetime import timedelta

from flask import request

from mockcrm.base.schema.fields import Duration
from mockcrm.crm.lists.parameters import NoParameters, explained
from mockcrm.web.admin.audit import MAX_WAIT
from mockcrm.web.connection import waiting
from mockcrm.web.exchange import current_sandbox
from mockcrm.web.requests import query_parameters

PATIENCE = timedelta(seconds=5)
"""How long a verdict that waits by default waits."""


class WaitParameters(NoParameters):
    """How long to wait."""

    wait = Duration(
        least=timedelta(0),
        most=MAX_WAIT,
        metadata=explained("How long to wait for requests that are under way, at most, in the world's time.", "5s"),
    )


_WAIT = WaitParameters()


def requested_wait(default: timedelta) -> float:
    """How long the caller waits, in seconds. Raises `QueryInvalid`."""
    wait: timedelta = query_parameters(_WAIT).get("wait", default)
    return wait.total_seconds()


def settle(seconds: float) -> int:
    """Wait until all requests that have arrived at the current sandbox are answered, but no longer than that.

    Returns the number of the latest of them: those that come later concern no question that was asked before.
    """
    with waiting(request.environ) as waiter:
        return current_sandbox().settle(seconds, waiter)
