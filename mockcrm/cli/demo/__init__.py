"""The demo: a CRM and a user's mailbox, both as sandboxes, with a sync between them.

`command` starts it, `playing` is what the controls see of it. `engine` syncs round after round, each in a `session`,
and `bridge` lets the reference client have a sandbox for its mailbox. `team` has the calendar and a colleague. `tours`
tell hazards as stories.
"""
