"""Trials of sync clients against hazards: the plays, the requests on the wire, and the harm that the clients did.

| term | means |
|---|---|
| trial | one scenario played with one client to its end, and perhaps some quiet syncs after it |
| mutant | the reference client without one safeguard or several |
| target | the mutant that a hazard is meant to catch |
| oracle | works out from the change log and the wire what a client lost or damaged, without the audit |
| matrix | every mutant against every hazard: the oracle's answer beside the audit's |

Read `play` first: it plays a scenario with any client, in this process or a `command`. `suite` does so with many
hazards. `run` puts a `wiretap` between the client and the CRM, and asks the `oracle` at the end. `hazards` and
`mutants` list what there is; `matrix` runs all of them and prints the tables of `docs/contributing/trials.md`.
"""
