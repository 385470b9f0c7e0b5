"""The fake CRM alone: records, change log, clock, dialect, lists, writes, invented data. It knows no test.

Terms:

* change: an entry of the log, and with it one version of an event. Its stamp is what `lastModifiedAt` says.
* visible: the version of an event that lists show. A delayed change becomes visible some time after its commit.
* delta: the rows changed since an instant, in order of their stamps. A tombstone is what remains of a deleted event.
* paged read: a list read page by page; a page token says where it goes on.
* dialect: how this CRM differs from others, a value for each knob.
* key: a name that a test gives to an event. Clients do not see it.

The way through: `event` and `change` are the model. `kinds` says what is known of events, `event_schema` reads and
shows them, `rendering` keeps their JSON. `store` holds the log and answers a `query`; `lists/pages` reads a page from
it. `fake_crm` has all of it, and writes; `actions` are the writes by their names.
"""
