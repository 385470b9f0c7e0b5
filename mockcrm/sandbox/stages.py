"""Where a client's request uses the CRM of a sandbox, and what it meets if that CRM no longer exists."""

import errno
from typing import Literal

Stage = Literal["admitted", "worked", "followed"]
"""Where a client's request uses the CRM: fault rules decide, the answer is made, actions run after it.

The request's entry in the journal has the instant of each.
"""


class Overtaken(ConnectionResetError):
    """The sandbox was reset or deleted after a request came: the CRM that the request was sent to no longer exists."""

    def __init__(self) -> None:
        super().__init__(errno.ECONNRESET, "The CRM that this request was sent to no longer exists.")
