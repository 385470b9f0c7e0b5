"""The tours about clients that miss a change. Their texts are for people who have never heard of delta sync."""

from collections.abc import Sequence

from mockcrm.cli.demo.tours.tour import RUN_END, Card, Tour, after, before
from mockcrm.reference_client.safeguards import Safeguard
from mockcrm.trials.mutants import SAFETY_NETS

_EQUAL_TIMESTAMPS = Tour(
    "equal-timestamps",
    "Two changes in the same millisecond",
    "A meeting changes in the very millisecond in which the client last looked, and the client never learns of it.",
    "equal-timestamp-at-watermark",
    lacks=frozenset(SAFETY_NETS),
    codes=("change.outOfReach",),
    cards=(
        Card(
            "careless",
            after(1),
            "Both calendars agree",
            "The client has copied two meetings from the CRM into the mailbox, and has noted the CRM's time: "
            "09:00:00.000. To read everything at each sync would take too long. So the client will only ask for what "
            "changed after the time that it noted.",
        ),
        Card(
            "careless",
            before(2),
            "The demo moves to Thursday",
            "A colleague moves the demo to Thursday, so soon that the clock still says 09:00:00.000. The CRM gives the "
            "change exactly the time that the client has noted. Now the client syncs again.",
        ),
        Card(
            "careless",
            before(3),
            "“Nothing new”",
            "The client asked for changes after 09:00:00.000, and a change at 09:00:00.000 is not after it: the answer "
            "was empty. In the same millisecond, a second colleague moved the lunch to Friday. Ten minutes have passed "
            "since.",
        ),
        Card(
            "careless",
            RUN_END,
            "Two changes are lost",
            "The client has asked again, and again both changes were just outside its question. No later sync will "
            "bring them. There was no error, so nobody will look for one, and in the mailbox both meetings are still "
            "on Wednesday. The audit knows: both changes are out of this client's reach.",
        ),
        Card(
            "careful",
            before(2),
            "The same again, with a careful client",
            "Everything begins anew: the same meetings, and the same change in the same millisecond. This client "
            "asks from ten minutes before the time that it noted. It will read some rows twice, and ignore those that "
            "it has already.",
        ),
        Card(
            "careful",
            RUN_END,
            "Nothing is lost",
            "Demo and lunch have moved in the mailbox too. The overlap costs the client a few rows that it knows "
            "already, and it closes the gap between two questions. The audit finds nothing.",
            of_both=True,
        ),
    ),
)

_LATE_COMMIT = Tour(
    "late-commit",
    "A change that shows up late",
    "A slow save has an early time, and becomes visible only after the client has looked past that time.",
    "late-commit-visibility",
    lacks=frozenset(SAFETY_NETS),
    codes=("change.outOfReach",),
    cards=(
        Card(
            "careless",
            after(1),
            "Both calendars agree",
            "The client has copied the contract review into the mailbox, and has noted the CRM's time: 09:00. At each "
            "sync it will only ask for what has changed since the time that it noted.",
        ),
        Card(
            "careless",
            before(2),
            "A slow save",
            "At 09:00 a colleague moves the review to Thursday. The CRM dates the change when the save begins, and "
            "shows it to clients when the save ends, five minutes later. It is 09:01 now, and the client syncs.",
        ),
        Card(
            "careless",
            before(3),
            "The client looked too early",
            "At 09:01 there was nothing to show, and the client noted 09:01. At 09:05 the save ended. Now it is 09:11, "
            "and the CRM shows the change to everybody, with the time of 09:00.",
        ),
        Card(
            "careless",
            RUN_END,
            "The news never arrives",
            "The client asked for what had changed since 09:01, and this change is from 09:00. No later sync will ask "
            "that far back. In the mailbox the review stays on Wednesday, and no log has an error. The audit names the "
            "change, and from when on it could be seen.",
        ),
        Card(
            "careful",
            before(3),
            "The same again, with a careful client",
            "The same save, just as slow. At 09:01 this client found nothing either. But it always asks from ten "
            "minutes before the time that it noted, and no save takes as long as that.",
        ),
        Card(
            "careful",
            RUN_END,
            "The news arrives",
            "At 09:11 the client asked for what had changed since 08:51, and got the change that had been late. The "
            "review is on Thursday on both sides, and the audit finds nothing.",
            of_both=True,
        ),
    ),
)

_EXPIRED_TOMBSTONE = Tour(
    "expired-tombstone",
    "A deletion that nobody remembers",
    "A meeting is deleted while the client is away, and when it is back, the CRM has forgotten the deletion.",
    "tombstone-expired",
    lacks=frozenset({*SAFETY_NETS, Safeguard.FULL_RESYNC}),
    codes=("deletion.expired",),
    cards=(
        Card(
            "careless",
            after(1),
            "Both calendars agree",
            "The client has copied the contract review, on 8 April, into the mailbox. When a meeting is deleted, the "
            "CRM keeps a record of that, a tombstone, for clients that ask later. This CRM keeps tombstones for "
            "fifteen days.",
        ),
        Card(
            "careless",
            before(2),
            "A month away",
            "A colleague deleted the meeting. The laptop with the client was shut for thirty days. It is 1 April now, "
            "and the CRM dropped the tombstone two weeks ago. The laptop is opened, and the client syncs.",
        ),
        Card(
            "careless",
            RUN_END,
            "The meeting stays",
            "The client asked what had changed in that month, and the answer was empty: the meeting is gone, and so is "
            "the record of its deletion. The mailbox keeps a meeting that does not exist, and on 8 April somebody "
            "waits for it alone. The audit names the deletion that expired before the client asked.",
        ),
        Card(
            "careful",
            before(2),
            "The same again, with a careful client",
            "The same meeting, and the same month away. This client keeps in mind when it last read everything. After "
            "a day it does not rely on changes alone.",
        ),
        Card(
            "careful",
            RUN_END,
            "The meeting is gone on both sides",
            "The client read the complete list, in which the review was missing. To be sure, it asked for that one "
            "meeting by its id. The CRM said 404, not found, and only then did the client remove it from the mailbox.",
            of_both=True,
        ),
    ),
)

_MOVED_OUT_OF_WINDOW = Tour(
    "moved-out-of-window",
    "A meeting leaves the picture",
    "A meeting is postponed to a day that the client does not look at, and the mailbox keeps the old date.",
    "moved-out-of-window",
    lacks=frozenset({*SAFETY_NETS, Safeguard.LEFT_WINDOW}),
    codes=("window.movedOut",),
    design="rolling window",
    cards=(
        Card(
            "careless",
            after(1),
            "A client with a window",
            "This client does not read the whole calendar, only a window: from a week ago to four weeks ahead. The "
            "contract review on Wednesday, 4 March, lies in the window. So it is in the mailbox.",
        ),
        Card(
            "careless",
            before(2),
            "Postponed until September",
            "A colleague postpones the review until 2 September. It is not deleted, and nothing marks it as gone. It "
            "only lies outside the window now. The client is about to sync.",
        ),
        Card(
            "careless",
            RUN_END,
            "The mailbox keeps the old date",
            "The client read its window again, and the review was not in it. An answer does not say what is missing "
            "from it, so the client changed nothing. On Wednesday somebody waits for a meeting that takes place in "
            "September. The audit names the meeting that left the window.",
        ),
        Card(
            "careful",
            before(2),
            "The same again, with a careful client",
            "The same window, and the same postponed meeting. This client compares each answer with what it has. If a "
            "meeting is missing, it neither keeps nor deletes it before it knows why.",
        ),
        Card(
            "careful",
            RUN_END,
            "The new date arrives",
            "The client missed the review, and asked for it by its id. The CRM has it, in September, and now the "
            "mailbox has the new date too. One more request made the difference.",
            of_both=True,
        ),
    ),
)

_EXPIRED_TOKEN = Tour(
    "expired-token",
    "Signed out on page one",
    "The client's token expires between two pages of a list, and the rest of the list is never read.",
    "token-expires-mid-sync",
    lacks=frozenset({*SAFETY_NETS, Safeguard.NEW_CREDENTIALS, Safeguard.LAST_PAGE}),
    codes=("read.abandoned", "change.outOfReach"),
    # The meetings are older than the client's first read: a later one does not return them again by chance.
    lead=({"advance": {"by": "1m"}},),
    cards=(
        Card(
            "careless",
            before(1),
            "A list in pages",
            "The client is about to read the CRM for the first time. The CRM hands its list out in pages: the call is "
            "on page one, the demo on page two. With each request the client shows a token that says who it is, and "
            "this token will expire between the two pages.",
        ),
        Card(
            "careless",
            after(1),
            "Half a list",
            "Page one came with the call. Page two was refused with 401: the CRM does not know this token any more. "
            "The sync has failed. But after page one the client had already noted the CRM's time, as if it had read "
            "everything up to then.",
        ),
        Card(
            "careless",
            RUN_END,
            "The demo never arrives",
            "Five minutes later the client signed in again, and asked what had changed since. Nothing, said the CRM, "
            "and that was true. The demo was on page two all the time, and no sync will ask for that page again. The "
            "audit names the read that was abandoned.",
        ),
        Card(
            "careful",
            before(1),
            "The same again, with a careful client",
            "The same two pages, and the same token. After a 401, this client gets a new token and repeats the "
            "request. And it notes the time only after the last page.",
        ),
        Card(
            "careful",
            RUN_END,
            "The whole list",
            "The client was refused once, signed in, and read on at the same page. Call and demo are both in the "
            "mailbox. The user has noticed nothing, and the audit finds nothing lost.",
            of_both=True,
        ),
    ),
)

READING_TOURS: Sequence[Tour] = (
    _EQUAL_TIMESTAMPS,
    _LATE_COMMIT,
    _EXPIRED_TOMBSTONE,
    _EXPIRED_TOKEN,
    _MOVED_OUT_OF_WINDOW,
)
