"""mockcrm: a fake CRM for people who build or test calendar sync.

Each name is imported when it is first used: pytest loads the plugin in every run, and most runs need nothing of it.

>>> from mockcrm import connect, create_app
>>> crm = connect(create_app())
>>> crm.url
'http://mockcrm.invalid/sandboxes/default/api/v1'
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mockcrm.base.wsgi import NoAnswer
    from mockcrm.client import types
    from mockcrm.client.connection import Refused
    from mockcrm.client.crm import Crm, connect
    from mockcrm.client.httpx_transport import HttpxTransport
    from mockcrm.client.requests_adapter import RequestsAdapter
    from mockcrm.client.sync_client import SyncClient
    from mockcrm.crm.clock import ClockSetting
    from mockcrm.errors import Refusal
    from mockcrm.sandbox.sandbox import Sandbox
    from mockcrm.sandbox.sandboxes import Sandboxes
    from mockcrm.sandbox.scenario.fixture_file import load_scenario
    from mockcrm.sandbox.scenario.scenario import Scenario
    from mockcrm.trials.hazards import Hazard, hazards
    from mockcrm.trials.in_process import trial
    from mockcrm.trials.outcome import TrialReport
    from mockcrm.web.access import Access
    from mockcrm.web.app import create_app
    from mockcrm.web.server import serving

__all__ = [
    "Access",
    "ClockSetting",
    "Crm",
    "Hazard",
    "HttpxTransport",
    "NoAnswer",
    "Refusal",
    "Refused",
    "RequestsAdapter",
    "Sandbox",
    "Sandboxes",
    "Scenario",
    "SyncClient",
    "TrialReport",
    "connect",
    "create_app",
    "hazards",
    "load_scenario",
    "serving",
    "trial",
    "types",
]

_LAZY_EXPORTS = {
    "Access": "web.access",
    "ClockSetting": "crm.clock",
    "Crm": "client.crm",
    "Hazard": "trials.hazards",
    "HttpxTransport": "client.httpx_transport",
    "NoAnswer": "base.wsgi",
    "Refusal": "errors",
    "Refused": "client.connection",
    "RequestsAdapter": "client.requests_adapter",
    "Sandbox": "sandbox.sandbox",
    "Sandboxes": "sandbox.sandboxes",
    "Scenario": "sandbox.scenario.scenario",
    "SyncClient": "client.sync_client",
    "TrialReport": "trials.outcome",
    "connect": "client.crm",
    "create_app": "web.app",
    "hazards": "trials.hazards",
    "load_scenario": "sandbox.scenario.fixture_file",
    "serving": "web.server",
    "trial": "trials.in_process",
    "types": "client.types",
}


def __getattr__(name: str) -> Any:
    if name not in _LAZY_EXPORTS:
        raise AttributeError(f"module 'mockcrm' has no attribute {name!r}")
    module = import_module(f"mockcrm.{_LAZY_EXPORTS[name]}")
    found = globals()[name] = module if name == "types" else getattr(module, name)
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
