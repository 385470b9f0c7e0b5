"""The report of a trial as a page, as far as it can be read without a browser (`tests/browser/test_trial_page.py`)."""

import base64
import hashlib
import re
from collections import Counter
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from mockcrm.cli.trial.rendering import write_report
from mockcrm.trials.hazards import Hazard
from mockcrm.trials.outcome import HazardTrial, SyncRun, TrialReport
from tests.cli.trial.clients import HOSTILE, careful, careless, crashing, endless, idle

VOID = {"meta", "link", "br"}


class Outline(HTMLParser):
    """What a page is made of: its tags, ids, links, and texts."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags, self.open = Counter[str](), list[str]()
        self.ids, self.links, self.texts = list[str](), list[str](), list[str]()
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        if tag not in VOID:
            self.open.append(tag)
        for name, value in attrs:
            assert not name.startswith("on"), name
            if name == "id":
                self.ids.append(value or "")
            if name in ("href", "src"):
                self.links.append(value or "")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def page(report: TrialReport, folder: Path) -> str:
    file = folder / "report.html"
    write_report(report, "html", file)
    return file.read_text(encoding="utf-8")


@pytest.mark.parametrize("report", [careful, careless, crashing, endless, idle])
def test_every_link_of_a_page_leads_to_a_place_in_it(report: object, tmp_path: Path) -> None:
    assert callable(report)
    outline = Outline(page(report(), tmp_path))
    assert (outline.open, max(Counter(outline.ids).values())) == ([], 1)
    places = {link.removeprefix("#") for link in outline.links if not link.startswith("data:")}
    assert places <= {*outline.ids}


def test_a_page_runs_nothing_and_loads_nothing(tmp_path: Path) -> None:
    text = page(careless(), tmp_path)
    style, policy = re.search(r"<style>(.*)</style>", text, re.DOTALL), re.search(r'Policy" content="([^"]*)"', text)
    assert style
    assert policy
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    assert "default-src &#39;none&#39;" in policy[1]
    assert f"style-src &#39;sha256-{digest}&#39;" in policy[1].replace("&#43;", "+")
    assert not {"script", "iframe", "img", "form"} & {*Outline(text).tags}
    assert not re.search(r"url\(|@import|https?://(?!www\.w3\.org/2000/svg)", text)


def test_a_hostile_client_adds_no_element_to_a_page(tmp_path: Path) -> None:
    def report(text: str) -> TrialReport:
        sync = SyncRun(1, 0.1, "failed", text, text)
        own = Hazard(text, own_document={"title": text, "story": {"what": text, "advice": text}})
        hazards = [HazardTrial(own, outcome, [text], [text], syncs=[sync]) for outcome in ("crashed", "inconclusive")]
        return TrialReport(text, hazards, unplayed=[own], settings={"dialect": text}, command=[text])

    hostile, plain = page(report(HOSTILE), tmp_path), page(report("plain"), tmp_path)
    assert Outline(hostile).tags == Outline(plain).tags
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f\u202e\ud800]", hostile)
    assert "\\x1b[31mred\\x1b]0;title\\x07 &lt;/script&gt;&lt;b&gt;bold" in hostile


def test_a_page_stays_small_whatever_a_client_says(tmp_path: Path) -> None:
    syncs = [SyncRun(number, 0.1, "failed", f"{number}", "x" * 10_000_000) for number in range(1, 101)]
    hazard = careless().trials[0].hazard
    text = page(TrialReport("it", [HazardTrial(hazard, "crashed", ["y" * 1_000_000] * 100, syncs=syncs)]), tmp_path)
    assert len(text) < 1_000_000
    assert "… and 80 more." in text


def test_known_failures_and_those_that_now_pass_are_marked(tmp_path: Path) -> None:
    text = page(replace(careless(), known=frozenset({"tombstone-expired", "edit-vs-delete"})), tmp_path)
    assert "The client fails 3 of 11 hazards; 1 more failure is known." in text
    assert 'title="tombstone-expired: failed, known"' in text
    assert "Known failures that now pass" in text
