"""The tours about clients that do damage when they write."""

from mockcrm.cli.demo.tours.reading import _c
from mockcrm.cli.demo.tours.tour import END, Card, Tour, after, before
from mockcrm.reference_client.safeguards import Safeguard
WRITING_TOURS = (
    Tour("lost-answer","T","a","lost-response-on-create",{Safeguard.IDEMPOTENCY_KEYS},("duplicate.retried",),_c(3)),
    Tour("blind-overwrite","T","a","concurrent-lost-update",{Safeguard.IF_MATCH,Safeguard.CHANGES_ONLY},("overwrite.blind",),_c(2)),
    Tour("feedback-loop","T","a","echo-own-write",{Safeguard.COMPARE_CONTENT},("write.echo","write.pingPong"),_c(5),settle=2),
)
