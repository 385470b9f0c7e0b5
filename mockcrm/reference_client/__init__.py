"""A careful two-way sync client, whose safeguards can be switched off one at a time.

It is a worked example of how to sync a calendar with a CRM, and the measure for the audit.

| term | means |
|---|---|
| mailbox | the calendar on the other side; its user creates, edits and deletes entries |
| pull | reads from the CRM what changed since the watermark, or everything |
| push | writes to the CRM what the user changed in the mailbox |
| sync state | what both sides had when they last agreed, event by event |
| safeguard | one thing that a careful client does |
| mutant | this client without one safeguard or several (`mockcrm.trials`) |

Read `client` first, then `pull` and `push`, which share `sync_state`. `crm_api` sends the requests, `normalize`
brings records into one form, and `safeguards` lists what can be left out. `aurinko` is another, simpler client.
`sync_client` makes of each a client under test, and `stored_state` keeps what it has to remember.
"""
