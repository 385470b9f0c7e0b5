"""Where Chromium is: `python -m tests.browser.chromium` says, and has status 1 if there is none."""

import os
import shutil
import sys

_NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
"""The first is the same browser without what draws windows, which takes a third less computing."""
ADVICE = "There is no Chromium: apt-get install chromium-headless-shell, or say in CHROMIUM where it is."


def path() -> str | None:
    """The browser that the system has, or that the environment names in CHROMIUM."""
    return os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, _NAMES)), None)


if __name__ == "__main__":
    sys.exit(None if path() else ADVICE)
