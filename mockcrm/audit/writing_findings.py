"""What can go wrong while a client writes: each type of finding."""

from mockcrm.audit.finding_type import FindingType

_TAG = (
    "Read the record just before you write it, and send the ETag of that answer in If-Match. After a 412, read the "
    "record again and decide again."
)
_TWICE = (
    "Request {first} created {kind} {other}, and {answer}. Request {last} created {kind} {made} with the same content."
)
_TO_DELETED = "{deletion} The client wrote to the {kind} after that, and was refused: {requests}."

WRITING_FINDINGS = (
    FindingType(
        "overwrite.blind",
        "error",
        "{record}: a colleague's change was lost in a blind overwrite",
        "A write changed a field that a colleague had set in a version that was not delivered to the client.",
        "A colleague moves a meeting to another room. The client has not polled since, and writes the old room.",
        _TAG,
        explanation="{theirs} {known} Request {last} set {set}, {how}",
        hazard="concurrent-lost-update",
        causes=("tag-without-content",),
    ),
    FindingType(
        "overwrite.deletion",
        "error",
        "{record}: a deletion removed a colleague's undelivered change",
        "A deletion removed a colleague's edit that was not delivered to the client.",
        "A colleague adds the agenda. The client deletes the meeting, because its user did so an hour ago.",
        _TAG,
        explanation="{theirs} {known} Request {last} deleted the {kind}, {how}",
        hazard="edit-vs-delete",
    ),
    FindingType(
        "overwrite.clobbered",
        "error",
        "{record} has lost {lost}",
        "A write reset a field, or a value inside a list. The write was a whole event without the field, or it named "
        "a member of a list without everything that the member had, or no list had shown the field to the client.",
        "The client sends only what has changed, but with PUT. The CRM resets all other fields.",
        "Send only what has changed, with PATCH. If the CRM has only PUT, read the record by its id, change it, and "
        "send all of it back, including fields that you do not know. Send each member of a list back with everything "
        "that it had, such as the status of an attendee.",
        explanation="Request {last} left the {kind} without {lost}, which version {prior} had. {inside} {known}",
        causes=(
            "attendees-replaced",
            "omitted-not-empty",
            "private-redaction",
            "put-clobbers-absent",
            "rsvp-reset",
            "unknown-fields-dropped",
        ),
    ),
    FindingType(
        "overwrite.redaction",
        "error",
        "{record}: the placeholder of a private event was written over its content",
        "A write replaced the content of a private event with the placeholder that lists show for it.",
        "A list shows a private meeting as “Busy”. The client writes the whole row back.",
        "Send only what has changed, and read a private event by its id before you write it.",
        explanation="The answer to request {first} showed this private {kind} as busy. Request {last} wrote that over "
        "{fields}.",
        hazard="private-redaction",
    ),
    FindingType(
        "overwrite.reverted",
        "note",
        "{record}: a write put back the values of an older version",
        "A whole event was written with the values of an older version, although a colleague's newer version had been "
        "delivered. All fields but those that the client changed itself were the older ones.",
        "The client fetches the newest ETag, and sends it with the body that it had stored before.",
        "Take the ETag and the body from the same answer. Or send only what has changed, with PATCH.",
        explanation="{theirs} {known} Request {last} put back the values of {older}: it set {set}.",
    ),
    FindingType(
        "duplicate.retried",
        "error",
        "{record} exists twice",
        "The client created two events with the same content, and both exist. The answer to the first POST did not "
        "arrive, or was an error.",
        "The CRM carries out a POST, and then the connection breaks. The client sends the POST again.",
        "Send an Idempotency-Key with each POST, and the same key when you repeat it. Or check first whether the "
        "record exists.",
        explanation=_TWICE,
        causes=("lost-response-on-create", "retry-nonidempotent-post"),
    ),
    FindingType(
        "duplicate.alike",
        "warning",
        "{record} exists twice",
        "One client created two events with the same content, and both exist. The answers to both POSTs arrived.",
        "Two runs of the client overlap, and both upload the new meeting.",
        "Store which record belongs to which entry of the client, and upload each entry once.",
        explanation=_TWICE,
        causes=("slow-response",),
    ),
    FindingType(
        "duplicate.present",
        "warning",
        "{record} was already in the CRM, and this client created it again",
        "The client created an event with the subject, the time and the guests of one that somebody else had made some "
        "time before, on the same calendar. Both exist.",
        "Two colleagues are invited to one meeting. The sync of each uploads it.",
        "Before you upload a meeting, ask the CRM for events at its time, and compare subject and guests. If it is "
        "there, link the entry to it.",
        explanation="{there} Request {last} created {kind} {made}, with the same subject, time and guests as {kind} "
        "{other}.",
        hazard="same-meeting-two-users",
    ),
    FindingType(
        "duplicate.moved",
        "warning",
        "{record} had moved to another calendar, and this client created it again",
        "The client created an event with the content of one that had been delivered to it, and that had then moved to "
        "another calendar.",
        "A colleague moves a meeting to the team's calendar. The client writes to the old calendar, gets a 404, and "
        "creates the meeting again.",
        "Keep track of which calendar each event is on. When it is gone from there, look for it by its id on the "
        "others before you treat it as deleted.",
        explanation="{deletion} Request {last} created the {kind} again, as {kind} {made}.",
        hazard="moved-between-calendars",
    ),
    FindingType(
        "write.emptied",
        "warning",
        "The client was refused a list, and deleted everything that it had from it",
        "A list was refused with 403 or 404, and the client deleted every event that it had received from there, "
        "without reading anything there first.",
        "A calendar is not shared for an hour. The client takes the 403 for an empty calendar, and deletes its events "
        "on both sides.",
        "Treat a refused list as one that was not read, and leave everything from it as it is. Only a complete read "
        "shows what is missing.",
        explanation="Request {refused} asked for a list and was refused. Then the client deleted all {count} {kinds} "
        "that it had from there, without reading them first, most recently with request {last}.",
        hazard="calendar-gone",
    ),
    FindingType(
        "duplicate.ofChild",
        "warning",
        "{record} exists twice: this client also created it from a child event",
        "The client had received a child event, and created a meeting with the same content. The child's parent is "
        "that meeting already.",
        "A delta has a child event before its parent. The client finds no meeting for the child, and creates one.",
        "An event with a parentId is a part of that event. Never create a meeting for it, and do not show it beside "
        "its parent.",
        explanation="Request {first} delivered a child of {kind} {parent}. Request {last} created {kind} {made} with "
        "the same content.",
        hazard="parent-child-duplication",
    ),
    FindingType(
        "resurrection.unaware",
        "error",
        "{record} was deleted, and this client brought it back without knowing",
        "The client created an event with the content of a deleted one, whose tombstone was out of its reach.",
        "The client was off for three weeks, finds a meeting that the CRM does not have, and uploads it.",
        "Never upload an entry that already has an id of the CRM. If the CRM does not have it, it was deleted.",
        explanation="{deletion} {why} Request {last} created it again, as {kind} {made}.",
        causes=("tombstone-expired", "calendar-removed", "series-rewritten"),
    ),
    FindingType(
        "resurrection.remade",
        "warning",
        "{record} was deleted, and this client created it again",
        "The client created an event with the content of a deleted one, after the deletion had been delivered.",
        "A PATCH gets a 404, and the client creates the event again.",
        "Let a deletion stand, unless a person has decided otherwise.",
        explanation="{deletion} Request {first} delivered the deletion. Request {last} created the {kind} again, as "
        "{kind} {made}.",
        causes=("child-outlives-parent", "series-rewritten"),
    ),
    FindingType(
        "write.echo",
        "note",
        "{record} was written without a change",
        "A write changed no field, and was not a retry.",
        "The client reads its own write in the delta, and writes it back.",
        "Store a hash of the state that both sides agree on. Write only when the state differs from it.",
        explanation="The {kind} already had everything that the client wrote: {requests}.",
        hazard="echo-own-write",
    ),
    FindingType(
        "write.pingPong",
        "error",
        "{record} is written again and again",
        "At least twice the client received its own result and wrote it again. Or the event changed from A to B and "
        "back, twice.",
        "The CRM trims a subject. The client finds a difference at each sync, and writes its own wording again.",
        "Treat the CRM's answer to a write as the state that both sides agree on. Write only what differs from it.",
        explanation="{how}: {requests}.",
        causes=("echo-own-write", "server-normalizes"),
    ),
    FindingType(
        "write.drift",
        "error",
        "{record} moves by the same time with each write",
        "Three times in a row, with no change by anybody else in between, the client received its own result and moved "
        "the start, the end, or both by the same time.",
        "The client adds its offset from UTC to times that have it already. Each round trip moves the meeting by an "
        "hour.",
        "Convert a time once, by the offset that it carries. Treat both times of an all-day event as dates in UTC, and "
        "its endTime as the midnight after its last day.",
        explanation="Each time it received its own result, this client moved {moved}: {requests}.",
        causes=("allday-end-inclusive", "allday-tz-drift"),
    ),
    FindingType(
        "write.growth",
        "error",
        "{record} grows with each write: {fields}",
        "Three times in a row, with no change by anybody else in between, the client received its own result and made "
        "the same addition to it, or escaped its text once more.",
        "Each sync adds the line “Synced by …” to the description that it has just read.",
        "Remove what the client adds before it compares or writes. Decode a text exactly as often as you encode it. "
        "Write only what the user has changed.",
        explanation="Each time it received its own result, this client {done}: {requests}.",
        causes=("growing-text",),
    ),
    FindingType(
        "write.toDeleted",
        "note",
        "{record} was written to after its deletion",
        "A write to a deleted event was refused.",
        "A user edits in the calendar what a colleague has just deleted.",
        "Treat a 404 or 410 as a deletion, and do not repeat the write.",
        explanation=_TO_DELETED,
        causes=("delete-of-deleted", "edit-vs-delete", "parent-delete-cascades"),
    ),
    FindingType(
        "write.toDeletedAgain",
        "warning",
        "{record} is written to again and again after its deletion",
        "A write to a deleted event was repeated, although the deletion had been delivered.",
        "Each run sends the same PATCH, and gets the same 404.",
        "Treat a 404 or 410 as a deletion, and do not repeat the write.",
        explanation=_TO_DELETED,
        causes=("delete-of-deleted", "edit-vs-delete", "parent-delete-cascades"),
    ),
)
"""What can go wrong while a client writes."""
