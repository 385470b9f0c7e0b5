"""The tours about clients that miss a change."""

from mockcrm.cli.demo.tours.tour import END, Card, Tour, after, before
from mockcrm.reference_client.safeguards import Safeguard
from mockcrm.trials.mutants import SAFETY_NETS

def _c(n):
    return tuple(Card("careless", b, "t", "x") for b in range(1, 2*n+1)) + (Card("careless", END,"t","x"),) + tuple(Card("careful", b, "t", "x") for b in range(1, 2*n+1)) + (Card("careful", END,"t","x"),)

READING_TOURS = (
    Tour("equal-timestamps","T","a","equal-timestamp-at-watermark",SAFETY_NETS,("change.outOfReach",),_c(3)),
    Tour("late-commit","T","a","late-commit-visibility",SAFETY_NETS,("change.outOfReach",),_c(3)),
    Tour("expired-tombstone","T","a","tombstone-expired",{*SAFETY_NETS,Safeguard.FULL_RESYNC},("deletion.expired",),_c(2)),
    Tour("moved-out-of-window","T","a","moved-out-of-window",{*SAFETY_NETS,Safeguard.LEFT_WINDOW},("window.movedOut",),_c(2),"rolling window"),
    Tour("token-expired","T","a","token-expires-mid-sync",{*SAFETY_NETS,Safeguard.NEW_CREDENTIALS,Safeguard.LAST_PAGE},("read.abandoned",),_c(2)),
)
