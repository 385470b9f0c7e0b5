"""A tap of Meltano's Singer SDK, as its template begins one; the target keeps the records by id."""

import contextlib
import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from singer_sdk import RESTStream, Stream, Tap, typing as th


class Events(RESTStream[str]):
    """The events, from the bookmark of the sync before."""

    name = "events"
    path = "/events"
    records_jsonpath = "$.records[*]"
    next_page_token_jsonpath = "$.nextPageToken"
    primary_keys = ("id",)
    replication_key = "lastModifiedAt"
    schema = th.PropertiesList(
        th.Property("id", th.StringType),
        th.Property("location", th.StringType),
        th.Property("attendees", th.ArrayType(th.ObjectType(additional_properties=True))),
        th.Property("deleted", th.BooleanType),
        th.Property("lastModifiedAt", th.DateTimeType),
    ).to_dict()

    @property
    def url_base(self) -> str:
        return str(self.config["url"])

    def get_url_params(self, context: Mapping[str, Any] | None, next_page_token: str | None) -> dict[str, Any]:
        parameters: dict[str, Any] = {"showDeleted": "true"} if self.config["tombstones"] else {}
        if next_page_token:
            parameters["pageToken"] = next_page_token
        elif since := self.get_starting_timestamp(context):
            parameters["since"] = since.isoformat().replace("+00:00", "Z")
        return parameters


class CrmTap(Tap):
    """A tap with one stream."""

    name = "tap-crm"
    config_jsonschema = th.PropertiesList(
        th.Property("url", th.StringType), th.Property("tombstones", th.BooleanType)
    ).to_dict()

    def discover_streams(self) -> list[Stream]:
        return [Events(self)]


def sync(url: str, state: Path, *, tombstones: bool) -> list[dict[str, Any]]:
    """Sync once, with tombstones in lists where the CRM has them, and return what the target has then."""
    bookmark, kept = state / "state.json", state / "records.json"
    records = json.loads(kept.read_text()) if kept.exists() else {}
    before = json.loads(bookmark.read_text()) if bookmark.exists() else None
    printed = io.TextIOWrapper(io.BytesIO(), write_through=True)
    try:
        with contextlib.redirect_stdout(printed):
            CrmTap(config={"url": url, "tombstones": tombstones}, state=before).sync_all()
    finally:
        for line in printed.buffer.getvalue().splitlines():  # type: ignore[attr-defined]  # It is a BytesIO.
            message = json.loads(line)
            if message["type"] == "RECORD":
                records[message["record"]["id"]] = message["record"]
            elif message["type"] == "STATE":
                bookmark.write_text(json.dumps(message["value"]))
        kept.write_text(json.dumps(records))
    names = ("id", "location", "attendees", "lastModifiedAt")
    return [{name: row.get(name) for name in names} for row in records.values() if not row.get("deleted")]
