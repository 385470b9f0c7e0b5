"""Transport."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from json import JSONDecodeError
from typing import Any

import httpx

from tests.hazards.client import Client, GaveUp, Record
from tests.hazards.world import Hazard


class Patient(Client):
    """Breaks a run off when no answer comes, or a broken one, and leaves what it could not do to the next."""

    def sync(self) -> None:
        try:
            super().sync()
        except (httpx.TransportError, JSONDecodeError) as error:
            raise GaveUp(f"{type(error).__name__}: {error}") from error
        except httpx.HTTPStatusError as error:
            if error.response.is_client_error:
                raise
            raise GaveUp(str(error)) from error


class Keyless(Client):
    """Sends no `Idempotency-Key`."""

    def send(self, method: str, path: str, body: Record, headers: dict[str, str] | None = None) -> httpx.Response:
        return super().send(method, path, body)


class AsksAgainAtOnce(Client):
    """Asks again at once after a 429, a few times, and begins the next run with the first page."""

    def get(self, path: str, parameters: dict[str, str] | None = None) -> Any:
        for _ in range(4):
            if self.http.get(path, params=parameters).status_code != 429:
                break
        return super().get(path, parameters)


@dataclass
class GoesOn(Client):
    """Stops at a 429, and goes on where it was stopped when it is time to ask again."""

    kept: list[Record] = field(default_factory=list)
    """The pages of the paged read that was stopped."""

    def get(self, path: str, parameters: dict[str, str] | None = None) -> Any:
        try:
            return super().get(path, parameters)
        except httpx.HTTPStatusError as error:
            if error.response.status_code != 429:
                raise
            raise GaveUp(f"asked to wait: {error.response.headers.get('Retry-After')}") from error

    def pages(self, parameters: dict[str, str], path: str = "/events") -> Iterator[Record]:
        if self.kept:
            yield from [*self.kept]
            parameters = {"pageToken": self.kept[-1]["nextPageToken"]}
        for page in super().pages(parameters, path):
            self.kept.append(page)
            yield page
        self.kept.clear()


class MovesWithEachPage(Patient):
    """Moves its watermark with each page, not with the last."""

    def pull(self) -> None:
        parameters = {"since": self.since, "showDeleted": "true"} if self.since else {}
        for page in self.pages(parameters):
            for row in page["records"]:
                self.take(row)
            self.since = self.next_watermark(page, page["records"])


@dataclass
class TrustsEveryBody(Client):
    """Lets a body that it cannot read end the program, which nobody starts again."""

    has_ended: bool = False

    def sync(self) -> None:
        if self.has_ended:
            raise RuntimeError("the program is not running")
        self.has_ended = True
        super().sync()
        self.has_ended = False


class TrustsTheStatus(Patient):
    """Takes a write for done when the status says so, and looks no further."""

    def push_edit(self, step: Record) -> None:
        self.send("PATCH", f"/events/{self.id_of(step)}", step["set"])


class Hurried(Patient):
    """Waits no longer than 300 ms for the answer to a write."""

    def send(self, method: str, path: str, body: Record, headers: dict[str, str] | None = None) -> httpx.Response:
        wait = httpx.Timeout(30, read=0.3)
        return self.http.request(method, path, json=body, headers=headers, timeout=wait).raise_for_status()


class TakesLateForNever(Keyless, Hurried):
    """Takes a time-out for a no, and asks again."""

    def send(self, method: str, path: str, body: Record, headers: dict[str, str] | None = None) -> httpx.Response:
        try:
            return super().send(method, path, body)
        except httpx.TimeoutException:
            return super().send(method, path, body)


@dataclass
class SignsInOnce(Client):
    """Gets a token when it starts, and never again."""

    tokens: int = 0

    def sync(self) -> None:
        if not self.tokens:
            self.sign_in()
        super().sync()

    def sign_in(self) -> None:
        self.tokens += 1
        self.http.headers["Authorization"] = f"Bearer token-{self.tokens}"


class SignsInAgain(SignsInOnce):
    """Gets a new token when the old one is refused, and asks again for the same page."""

    def get(self, path: str, parameters: dict[str, str] | None = None) -> Any:
        try:
            return super().get(path, parameters)
        except httpx.HTTPStatusError as error:
            if error.response.status_code != 401:
                raise
            self.sign_in()
            return super().get(path, parameters)


HAZARDS = (
    Hazard("rate-limit-burst", naive=AsksAgainAtOnce, careful=GoesOn, without=("faults",), symptoms="CM"),
    Hazard("error-mid-pagination", naive=MovesWithEachPage, careful=Patient, without=("faults",), symptoms="M"),
    Hazard("truncated-json", naive=TrustsEveryBody, careful=Patient, without=("faults",), symptoms="CM"),
    Hazard("html-instead-of-json", naive=TrustsTheStatus, careful=Patient, without=("faults",), symptoms="L"),
    Hazard("slow-response", naive=TakesLateForNever, careful=Hurried, without=("faults",), symptoms="DL"),
    Hazard("token-expires-mid-sync", naive=SignsInOnce, careful=SignsInAgain, without=("faults",), symptoms="CM"),
)
