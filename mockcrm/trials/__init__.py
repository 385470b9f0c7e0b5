"""Trials of sync clients against hazards: the runs, the requests on the wire, and the harm that the clients did.

| term | means |
|---|---|
| trial | one scenario run with one client to its end, and then some quiet syncs |
| mutant | the reference client without one safeguard or several |
| target | the mutant that a hazard is meant to catch |
| oracle | works out from the change log and the wire what a client lost or damaged, without the audit |
| matrix | every mutant against every hazard: the oracle's answer beside the audit's |

`suite` tries a client of any kind against many hazards, each by a `play`; `command` makes a command such a client.
`outcome` has what they found.

Of the reference client's trials, read `run` first. It puts a `wiretap` between client and CRM, and asks the `oracle` at
the end. `hazards` and `mutants` list what there is; `matrix` runs all of them and prints the tables of
`docs/contributing/trials.md`.
"""
