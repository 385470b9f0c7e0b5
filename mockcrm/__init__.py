"""mockcrm: a fake CRM for people who build or test calendar sync."""

from mockcrm.app import create_app
from mockcrm.clock import ClockSetting
from mockcrm.errors import Refusal
from mockcrm.sandbox import Sandbox, Sandboxes
from mockcrm.scenario import Scenario, load_scenario
from mockcrm.server import serving
from mockcrm.web.access import Access

__all__ = [
    "Access",
    "ClockSetting",
    "Refusal",
    "Sandbox",
    "Sandboxes",
    "Scenario",
    "create_app",
    "load_scenario",
    "serving",
]
