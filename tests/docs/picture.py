"""The picture of a trial's page in the documentation: `python -m tests.docs.picture` takes it anew, in a browser."""

import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from mockcrm.cli.trial.rendering import write_report
from mockcrm.trials.in_process import trial
from tests.browser import chromium
from tests.cli.trial.clients import NoTombstones
from tests.docs.pages import DOCS

PICTURE = DOCS / "reference" / "trial-report.png"


def take() -> None:
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        file = Path(folder) / "report.html"
        write_report(trial(NoTombstones, mailbox=False), "html", file)
        browser = playwright.chromium.launch(executable_path=chromium.path())
        page = browser.new_page(viewport={"width": 1120, "height": 860})
        page.goto(file.as_uri())
        page.screenshot(path=PICTURE)
        browser.close()


if __name__ == "__main__":
    take()
