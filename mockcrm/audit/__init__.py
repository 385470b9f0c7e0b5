"""What a client missed or damaged, worked out from its requests alone: ledger, causes, explanations.

- **Ledger**: what is known of one client's reads and deliveries of the records of one kind; a *write ledger* has its
  writes. Both are a *book*.
- **Place**: a kind of records, and of events one calendar: its lists share nothing with those of other places.
- **Account**: what is known of one client, with a book for each place whose records it asked for or wrote.
- **Name**: what a client's requests are known by. A client that renews an opaque token has a *chain* of names.
- **Read**: a list request, or the sequence of requests that follows its page tokens to the last page.
- **Watermark**: the `since` of a read. A read *passes* a version that it should have delivered, but whose stamp is
  before its watermark.
- **Out of reach**: no later request of the kind that this client makes returns it.
- **Look-up**: a read by a filter, without a watermark. It delivers what it returns, and promises nothing.
- **Owed**: a version that lists show, that the client lacks, and that a read could have delivered.
- **Finding**: something that a client got wrong, with its *cause* (a hazard), its *explanation* and *advice*.
- **Observation**: a fact about a client that becomes a finding without further judgement.
- **Lost update, blind overwrite**: a write over a colleague's change that was not delivered to the client.
- **Resurrection**: a deleted record that a client created again.
- **Feedback loop**: a client that writes its own result again and again: *echo*, *drift*, *growth* or *ping-pong*.
- **Replica**: a client's copy of the records of one kind, which a test may have compared with the CRM.

Start with `auditor`, which judges, and `findings`, which lists what it can find. `standings` says which versions a
client has, lacks, or never asked for. What only the records of one kind are checked for is declared in `kind_checks`:
times that drift, lists of attendees, placeholders. What the auditor judges is in `books`: `reads`
enters requests in a `ledger`, `writes` enters them in a `write_ledger`. A write is judged by `lost_updates` (with
`list_resets` and `reverts`), `duplicates`, `resurrections` and `loops` (with `growth`). `progress` has what a client
repeats in vain: `refused_requests`, `repeated_reads`, `page_tokens`. `renewals` says which names are one client, by
what their requests have `borrowed` from earlier answers; `refused_names` are those that got only 401s. `reach` says
what is out of a client's reach, from its `series` of reads. `explanations` puts findings into words, with `causes`,
`watermarks`, `advice`, `phrases` and `timeline`; `merging` makes one of those that have one cause. `replica` compares a
client's copy, and `replica_causes` says why it differs, by the `outlook` on what the client's next reads return.
`verdict_diff` compares two verdicts.
"""
