"""Replicas of a CRM that are behind: what the fault `stale` reads (`docs/reference/faults.md`)."""

from mockcrm.base.times import BEGINNING, shifted
from mockcrm.crm.fake_crm import State
from mockcrm.faults.plan import Lag


def lagging(crm: State, lag: Lag) -> State:
    """What a replica of this CRM that is so far behind holds. Costs O(n).

    Behind by a duration it lacks the newest changes that were committed within that before now. What was committed
    later than now was so before the clock was set back, which is longer ago: such a change, and all before it, it
    has, and it lists what lists came to show by then.
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
    replica = State(crm.clock.fork(), crm.dialect)
    replica.views = crm.views
    replica.clock.adjust(running=False)
    replica.clock.set(then)
    for change in log:
        shown_before = change.visible_at > now and crm.store.revealed_place(change.seq) is not None
        replica.store.commit(change, visible=not change.delayed or shown_before)
    replica.store.reveal(then)
    return replica
