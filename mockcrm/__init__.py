"""mockcrm: a fake CRM for people who build or test calendar sync."""

from mockcrm.app import create_app
from mockcrm.client import Crm, Refused, connect
from mockcrm.clock import ClockSetting
from mockcrm.errors import Refusal
from mockcrm.sandbox import Sandbox, Sandboxes
from mockcrm.scenario import Scenario, load_scenario
from mockcrm.server import serving
from mockcrm.web.access import Access

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
