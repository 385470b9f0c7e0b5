"""What clients asked and got: the journal, matchers of requests, and verification.

- **Entry**: one request of a client to `/api/v1`, with what became of it.
- **Journal**: the ring of a sandbox's entries, numbered from 1. It drops the oldest when it is full.
- **Delivered**: contained in an answer that arrived whole.
- **Read**: a list request, or the sequence of requests that follows its page tokens to the last page.
- **Matcher**: a test of requests, in fault rules and in the calls that find, count and verify requests.
- **Verification**: whether clients sent the requests that a test expects, and which came nearest if not.
- **Mask**: what hides secrets before anything is entered.

Start with `entry`, then `journal`. `operations` names the calls of the CRM's API, `matcher` tests entries, with
`patterns` and `body_matcher` for texts and bodies. `bounds` counts what matches for certain and at most, and
`verification` holds that against what is expected. `masking` stands apart.
"""
