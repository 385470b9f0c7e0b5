"""Scenarios: what a sandbox starts from, what happens then, and what must hold at the end.

See `docs/reference/scenarios.md`.

- *scenario*: a start state with the steps that follow and what is expected; a *fixture file* contains one, in YAML.
- *step*: an action, a `sync`, a note, or what the user does in the client's calendar (`mailbox`).
- *sync*: here the client under test runs. A *sync round* is what happens up to it, or up to the end.
- *scenario run*: how far a sandbox has come in its scenario; snapshots call it `plot`.

Begin with `scenario` and `steps`, then `expectations`. `schema` and `step_schema` read them from JSON, `fixture_file`
from files, with a line for each mistake. `variant` changes what a new sandbox starts from.
"""
