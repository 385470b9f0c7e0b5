"""Guided tours: each tells one hazard as a story of some cards, with a client that falls for it and one that does not.

`tour` says what a tour is, and `catalogue` has them all; those about reads are in `reading`, the others in `writing`.
`touring` plays one, by the machinery of trials: `pace` is where it stands, and `client` the client that waits there.
"""
