"""Faults: what a network, or a CRM on a bad day, does to the requests of clients.

- *fault rule*: data that says which requests get an effect, how often, and when.
- *effect*: what happens to such a request: a status, a delay, a broken connection, another page.
- *plan*: all that the rules make of one request; *applied fault*: one rule's part in it, as the journal keeps it.
- *tally*: what a rule has counted so far.

Begin with `rules` (rules, their counts, `Faults.decide`), then `plan`, then `effects/effect` and any of the effects
beside it. `effect_schema` reads effects from JSON. Nothing here sleeps or breaks a connection: the wing `web` carries
plans out, in `fault_injection`. A new effect is a module in `effects/` and a row in `effects/table`.
"""
