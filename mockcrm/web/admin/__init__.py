"""`/admin`: what a test or a person does behind the CRM's back (contract, section 6). Each view loads, calls, answers.

The calls are described in the order in which their modules are imported here.
"""

from mockcrm.web.admin import clock, events, state, dialects, faults, audit, scenarios, sandboxes  # noqa: F401, I001

from mockcrm.web.admin import requests as journal  # noqa: F401
from mockcrm.web.admin.blueprint import admin

__all__ = ["admin"]
