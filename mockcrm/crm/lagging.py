"""A CRM as one of its replicas that lags behind has it: what the fault `stale` reads."""

from datetime import timedelta

from mockcrm.base.declaring import dataclass
from mockcrm.base.times import BEGINNING, shifted
from mockcrm.crm.fake_crm import FakeCrm


@dataclass(frozen=True, slots=True)
class Lag:
    """How far a replica lags: by a duration of the sandbox's clock, or by a number of changes.

    With `as_of_now` its answers name the time of the request, and without it the replica's own.
    """

    by: timedelta | None
    changes: int | None
    as_of_now: bool


def lagging(crm: FakeCrm, lag: Lag) -> FakeCrm:
    """What a replica that lags so far holds. Costs O(n).

    With a duration, it lacks the newest changes that were committed within that time before now. A change committed
    later than now is from before the clock was set back: the replica has it, and all before it, and lists it if lists
    had come to show it.
    """
    now = then = crm.clock.now()
    log = crm.store.changes()
    if lag.by is not None:
        then = shifted(now, -lag.by)
        while log and then < log[-1].committed_at <= now:
            log.pop()
    elif lag.changes is not None:
        log = log[: -lag.changes]
        then = min(log[-1].committed_at, now) if log else BEGINNING
    replica = FakeCrm(crm.clock.fork(), crm.dialect, primary=(crm.primary_id, crm.started))
    replica.views, replica.names = crm.views, crm.names
    replica.clock.adjust(running=False)
    replica.clock.set(then)
    for change in log:
        shown_before = change.visible_at > now and crm.store.revealed_place(change.seq) is not None
        replica.store.commit(change, visible=not change.delayed or shown_before)
    replica.store.reveal(then)
    return replica
