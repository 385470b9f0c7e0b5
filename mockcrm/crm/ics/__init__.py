"""Exported calendars (RFC 5545) as the events of a CRM, and counts of what those cannot hold.

`icalendar` parses and `recurring_ical_events` expands. Both come with the extra `mockcrm[ics]`, so the server never
imports this package. Files come from strangers, and both libraries raise anything: call `read_calendar` through
`mockcrm.base.time_limit`.

Read `reading` first: it takes components from `parsing`, expands them with `occurrences` (whose rules `recurrence`
judges), makes events in `events`, and counts what they lose in `losses`.
"""
