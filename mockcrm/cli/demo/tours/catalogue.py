"""All tours, in the order in which they are best shown."""

from collections.abc import Mapping

from mockcrm.base.spelling import did_you_mean
from mockcrm.cli.demo.tours.reading import READING_TOURS
from mockcrm.cli.demo.tours.tour import Tour
from mockcrm.cli.demo.tours.writing import WRITING_TOURS
from mockcrm.errors import DemoInvalid
from mockcrm.errors.text import shortened
from mockcrm.sandbox.upcoming import MAX_NAME

TOURS: Mapping[str, Tour] = {each.name: each for each in (*READING_TOURS, *WRITING_TOURS)}
"""The tours by their names."""


def find_tour(name: str) -> Tour:
    """A tour by its name. Raises `DemoInvalid`."""
    if name not in TOURS:
        message = f"No tour is called {shortened(name, MAX_NAME)!r}.{did_you_mean(name, TOURS)}"
        raise DemoInvalid(message, {"name": ["Unknown name."]})
    return TOURS[name]
