"""`mockcrm trial`: a sync client against every hazard.

Read `command` first. While it runs, `progress` says on standard error how far it is, and `interruption` ends it early.
`known` reads which failures are expected. `rendering` writes the report in one of its forms: `text`, `document` (JSON),
`junit` or `html`, whose template is `report.html` with `report.css`. `digest` has what the forms share.
"""
