"""A CRM that a test controls: its agenda, actions, faults, scenarios, snapshots and replay bundles.

- *sandbox*: one isolated CRM with its lock, its journal, and the start state that a reset restores.
- *state*: all that a sandbox is at one moment: the fake CRM, and what the test has arranged for it.
- *action*: something that a test has happen in the CRM, such as `edit` or `advance`; all or nothing.
- *agenda*: actions that fall due at instants of the sandbox's clock.
- *allowance*: how much one call may do.
- *snapshot*: a state as one JSON document. *Bundle*: a start state, all requests, and the verdict of the audit.
- *recording*: what a bundle needs besides the journal. *Moment*: a sandbox at one instant, read without its lock.

Begin with `state` and `actions`, then `sandbox` (locks and instants) and `sandboxes`. `client_call` serves a client's
request. `action_schemas` and `control_schemas` read JSON; `scenario/` is what a test plays.
"""
