"""How a client may read: designs, each of which loses nothing while it has all of its safeguards."""

from collections.abc import Callable, Mapping
from functools import partial

from mockcrm.reference_client.paging import Pager, Setting
from mockcrm.reference_client.parallel import SliceReader
from mockcrm.reference_client.pull import Puller
from mockcrm.reference_client.two_filters import FilterReader
from mockcrm.reference_client.windowed import WindowReader
from mockcrm.reference_client.windows import months, near_and_far, past_present_future, rolling

DESIGNS: Mapping[str, Callable[[Setting], Pager]] = {
    "delta": Puller,
    "monthly slices": partial(WindowReader, windows=months),
    "rolling window": partial(WindowReader, windows=rolling),
    "monthly deltas": partial(FilterReader, windows=months),
    "rolling deltas": partial(FilterReader, windows=rolling),
    "two filters": partial(FilterReader, windows=near_and_far),
    "parallel slices": partial(SliceReader, slices=past_present_future),
}
"""The designs by name: the reference client's own first."""
