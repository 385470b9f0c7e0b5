"""mockcrm: a fake CRM for people who build or test calendar sync.

What is here is imported when it is first asked for: pytest loads the plugin in every run, whoever uses it.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mockcrm.client.crm import Crm, Refused, connect
    from mockcrm.crm.clock import ClockSetting
    from mockcrm.errors import Refusal
    from mockcrm.sandbox.sandbox import Sandbox
    from mockcrm.sandbox.sandboxes import Sandboxes
    from mockcrm.sandbox.scenario.scenario import Scenario, load_scenario
    from mockcrm.web.access import Access
    from mockcrm.web.app import create_app
    from mockcrm.web.server import serving

__all__ = [
    "Access",
    "ClockSetting",
    "Crm",
    "Refusal",
    "Refused",
    "Sandbox",
    "Sandboxes",
    "Scenario",
    "connect",
    "create_app",
    "load_scenario",
    "serving",
]

_ROOMS = {
    "Access": "web.access",
    "ClockSetting": "clock",
    "Crm": "client",
    "Refusal": "errors",
    "Refused": "client",
    "Sandbox": "sandbox",
    "Sandboxes": "sandboxes",
    "Scenario": "scenario",
    "connect": "client",
    "create_app": "app",
    "load_scenario": "scenario",
    "serving": "server",
}


def __getattr__(name: str) -> Any:
    if name not in _ROOMS:
        raise AttributeError(f"module 'mockcrm' has no attribute {name!r}")
    found = globals()[name] = getattr(import_module(f"mockcrm.{_ROOMS[name]}"), name)
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
