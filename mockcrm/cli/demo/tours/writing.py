"""The tours about clients that do damage when they write. For the texts see `mockcrm.cli.demo.tours.reading`."""

from collections.abc import Sequence

from mockcrm.cli.demo.tours.tour import RUN_END, Card, Tour, after, before
from mockcrm.reference_client.safeguards import Safeguard

_LOST_ANSWER = Tour(
    "lost-answer",
    "The answer that got lost",
    "The CRM creates a meeting, its answer is lost on the way, and the client creates the meeting again.",
    "lost-response-on-create",
    lacks=frozenset({Safeguard.IDEMPOTENCY_KEYS}),
    codes=("duplicate.retried",),
    cards=(
        Card(
            "careless",
            before(2),
            "A lunch in the mailbox",
            "Somebody enters a lunch with Ada Moreno in the mailbox, and the client is about to send it to the CRM. "
            "The connection will break at the worst moment: when the CRM has created the lunch, and before its answer "
            "arrives.",
        ),
        Card(
            "careless",
            after(2),
            "Two lunches",
            "The client got no answer, took the lunch for not created, and sent it again. But the first request had "
            "succeeded. Now the CRM has the lunch twice, and so has the mailbox.",
        ),
        Card(
            "careless",
            RUN_END,
            "Nothing cleans it up",
            "Five minutes later both are still there. Two requests with the same content may well mean two meetings, "
            "so the CRM cannot tell. Guests get two invitations, and whoever deletes one may hit the wrong one. The "
            "audit names the duplicate, and the lost answer behind it.",
        ),
        Card(
            "careful",
            before(2),
            "The same again, with a careful client",
            "The same lunch, and the same broken connection. This client adds an idempotency key to its request: a "
            "number of its own, which it sends again if it has to repeat the request.",
        ),
        Card(
            "careful",
            RUN_END,
            "One lunch",
            "The client repeated the request with the same key. The CRM knew the key, created nothing, and gave the "
            "first answer again. There is one lunch on each side, and the audit finds nothing.",
            of_both=True,
        ),
    ),
)

_BLIND_OVERWRITE = Tour(
    "blind-overwrite",
    "Two people change one meeting",
    "A colleague moves a meeting to another day while the client writes to it, and the new day is overwritten.",
    "concurrent-lost-update",
    lacks=frozenset({Safeguard.IF_MATCH, Safeguard.CHANGES_ONLY}),
    codes=("overwrite.blind",),
    cards=(
        Card(
            "careless",
            before(2),
            "A new name",
            "The contract review is in both calendars, on Wednesday. Somebody has just renamed it in the mailbox. The "
            "client is about to read the meeting from the CRM, and to write it back with the new name. A colleague "
            "will act between the two.",
        ),
        Card(
            "careless",
            after(2),
            "A colleague was faster",
            "After the client had read the meeting, the colleague moved it to Thursday. The client did not know, and "
            "wrote the meeting as it had read it: with the new name, and on Wednesday.",
        ),
        Card(
            "careless",
            RUN_END,
            "Thursday is lost",
            "The colleague's change is gone, on both sides. Nobody made a mistake, and nobody saw an error, but half "
            "of the guests come on the wrong day. The audit compares what the client had read with what it overwrote, "
            "and names the blind overwrite.",
        ),
        Card(
            "careful",
            before(2),
            "The same again, with a careful client",
            "The same two people at the same time. This client sends only the name. And it adds the version that it "
            "has read: write this only if the meeting is still the one that I know.",
        ),
        Card(
            "careful",
            RUN_END,
            "Both changes are kept",
            "The CRM refused the first attempt with 412, because the meeting had changed. The client read it again, "
            "on Thursday, and sent the name once more. New name and new day are on both sides.",
            of_both=True,
        ),
    ),
)

_FEEDBACK_LOOP = Tour(
    "feedback-loop",
    "A client that answers itself",
    "The client takes its own write for somebody's change, and writes again and again.",
    "echo-own-write",
    lacks=frozenset({Safeguard.COMPARE_CONTENT}),
    codes=("write.echo", "write.pingPong"),
    settle=2,
    cards=(
        Card(
            "careless",
            before(2),
            "One change",
            "The call is in both calendars, and somebody has just renamed it in the mailbox. The client is about to "
            "bring the new name to the CRM. After that both sides are the same, and there should be nothing left to "
            "do.",
        ),
        Card(
            "careless",
            after(2),
            "Its own echo",
            "The CRM has the new name, and lists the call as changed. The client read that, took its own write for a "
            "colleague's change, and wrote the call to the mailbox. Now the mailbox counts as changed as well.",
        ),
        Card(
            "careless",
            after(3),
            "It writes again",
            "Nobody has touched the call since. Yet the client has written it to the CRM once more, without any "
            "difference. The CRM lists it as changed again, and so the next round is prepared.",
        ),
        Card(
            "careless",
            RUN_END,
            "It never stops",
            "Two more syncs, and two more writes, between calendars that have long been the same. With a thousand "
            "meetings this uses up the CRM's rate limit, and a write without a reason may overwrite a colleague's "
            "change. The audit names the feedback loop, with each request in it.",
        ),
        Card(
            "careful",
            after(2),
            "The same again, with a careful client",
            "The same new name has reached the CRM, and this client read its own write back too. But it compares "
            "content: what it read is what it had written, so there is nothing to do.",
        ),
        Card(
            "careful",
            RUN_END,
            "Silence",
            "Three more syncs, and no write among them. One change made one write, and after that a sync is a single "
            "question with nothing in the answer that matters.",
            of_both=True,
        ),
    ),
)

WRITING_TOURS: Sequence[Tour] = (_LOST_ANSWER, _BLIND_OVERWRITE, _FEEDBACK_LOOP)
