"""mockcrm: a fake CRM for people who build or test calendar sync.

What is here is imported when it is first asked for: pytest loads the plugin in every run, whoever uses it.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mockcrm.client.crm import Crm, Refused, connect
    from mockcrm.client.httpx_transport import HttpxTransport
    from mockcrm.client.requests_adapter import RequestsAdapter
    from mockcrm.crm.clock import ClockSetting
    from mockcrm.errors import Refusal
    from mockcrm.sandbox.sandbox import Sandbox
    from mockcrm.sandbox.sandboxes import Sandboxes
    from mockcrm.sandbox.scenario.fixture_file import load_scenario
    from mockcrm.sandbox.scenario.scenario import Scenario
    from mockcrm.web.access import Access
    from mockcrm.web.app import create_app
    from mockcrm.web.server import serving

__all__ = [
    "Access",
    "ClockSetting",
    "Crm",
    "HttpxTransport",
    "Refusal",
    "Refused",
    "RequestsAdapter",
    "Sandbox",
    "Sandboxes",
    "Scenario",
    "connect",
    "create_app",
    "load_scenario",
    "serving",
]

_LAZY_EXPORTS = {
    "Access": "web.access",
    "ClockSetting": "crm.clock",
    "Crm": "client.crm",
    "HttpxTransport": "client.httpx_transport",
    "Refusal": "errors",
    "Refused": "client.crm",
    "RequestsAdapter": "client.requests_adapter",
    "Sandbox": "sandbox.sandbox",
    "Sandboxes": "sandbox.sandboxes",
    "Scenario": "sandbox.scenario.scenario",
    "connect": "client.crm",
    "create_app": "web.app",
    "load_scenario": "sandbox.scenario.fixture_file",
    "serving": "web.server",
}


def __getattr__(name: str) -> Any:
    if name not in _LAZY_EXPORTS:
        raise AttributeError(f"module 'mockcrm' has no attribute {name!r}")
    found = globals()[name] = getattr(import_module(f"mockcrm.{_LAZY_EXPORTS[name]}"), name)
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
