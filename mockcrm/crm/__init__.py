"""The fake CRM alone: records, change log, clock, dialect, lists, writes, invented data. It knows no test.

Terms:

* change: an entry of the log, and with it one version of a record. Its stamp is what `lastModifiedAt` says.
* visible: the version of a record that lists show. A delayed change becomes visible some time after its commit.
* delta: the rows changed since an instant, in order of their stamps. A tombstone is what remains of a deleted record.
* paged read: a list read page by page; a page token says where it goes on.
* dialect: how this CRM differs from others, a value for each knob.
* key: a name that a test gives to a record. Clients do not see it.

* kind: events, contacts, accounts and so on. All kinds share one change log, and each has a collection.

The way through: `record`, `event` and `change` are the model. `kinds` says what is known of each kind, with the schema
that reads and shows it; `rendering` keeps its JSON. `store` holds the log, and a `collection` answers a `query`;
`lists/pages` reads a page from it. `fake_crm` has all of it, and writes; `actions` are the writes by their names, and
`consequences` says what else is written then.
"""
