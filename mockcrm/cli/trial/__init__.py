"""`mockcrm trial`: a sync client against every hazard.

Read `command` first. While it runs, `progress` says on standard error how far it is, and `interruption` ends it early;
`rendering` writes the report. `known` reads which failures are expected.
"""
