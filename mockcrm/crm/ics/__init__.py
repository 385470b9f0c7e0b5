"""Calendars as programs exchange them (RFC 5545): exported ones as the events of a CRM, and a CRM as a calendar.

`icalendar` parses and writes; it is slow to import, so import these modules when they are needed.
`recurring_ical_events` expands, and comes with the extra `mockcrm[ics]`: the server imports `writing` alone. Files come
from strangers, and both libraries raise anything: call `read_calendar` through `mockcrm.base.time_limit`.

Read `reading` first: it takes components from `parsing`, expands them with `occurrences` (whose rules `recurrence`
judges), makes events in `events`, and counts what they lose in `losses`. `writing` is the way back.
"""
