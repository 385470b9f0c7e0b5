"""A low-code connector of Airbyte's CDK, incremental and deduplicated by id."""

import json
from pathlib import Path
from typing import Any

from airbyte_cdk.models import (
    AirbyteStateMessageSerializer,
    ConfiguredAirbyteCatalogSerializer,
)
from airbyte_cdk.sources.declarative.concurrent_declarative_source import ConcurrentDeclarativeSource
from airbyte_cdk.test.entrypoint_wrapper import read

MANIFEST: dict[str, Any] = {
    "version": "6.0.0",
    "type": "DeclarativeSource",
    "check": {"type": "CheckStream", "stream_names": ["events"]},
    "spec": {
        "type": "Spec",
        "connection_specification": {
            "type": "object",
            "properties": {"url": {"type": "string"}, "tombstones": {"type": "string"}},
        },
    },
    "streams": [
        {
            "type": "DeclarativeStream",
            "name": "events",
            "primary_key": "id",
            "schema_loader": {
                "type": "InlineSchemaLoader",
                "schema": {"type": "object", "properties": {}, "additionalProperties": True},
            },
            "retriever": {
                "type": "SimpleRetriever",
                "requester": {
                    "type": "HttpRequester",
                    "url_base": "{{ config['url'] }}",
                    "path": "/events",
                    "http_method": "GET",
                    "request_parameters": {"showDeleted": "{{ config['tombstones'] }}"},
                },
                "record_selector": {
                    "type": "RecordSelector",
                    "extractor": {"type": "DpathExtractor", "field_path": ["records"]},
                },
                "paginator": {
                    "type": "DefaultPaginator",
                    "page_token_option": {
                        "type": "RequestOption",
                        "inject_into": "request_parameter",
                        "field_name": "pageToken",
                    },
                    "pagination_strategy": {
                        "type": "CursorPagination",
                        "cursor_value": "{{ response.get('nextPageToken') }}",
                        "stop_condition": "{{ not response.get('nextPageToken') }}",
                    },
                },
            },
            "incremental_sync": {
                "type": "DatetimeBasedCursor",
                "cursor_field": "lastModifiedAt",
                "datetime_format": "%Y-%m-%dT%H:%M:%S.%_msZ",
                "start_datetime": {"type": "MinMaxDatetime", "datetime": "1970-01-01T00:00:00.000Z"},
                "start_time_option": {
                    "type": "RequestOption",
                    "inject_into": "request_parameter",
                    "field_name": "since",
                },
            },
        }
    ],
}
CATALOG = {
    "streams": [
        {
            "stream": {
                "name": "events",
                "json_schema": {},
                "supported_sync_modes": ["full_refresh", "incremental"],
                "source_defined_cursor": True,
                "default_cursor_field": ["lastModifiedAt"],
                "source_defined_primary_key": [["id"]],
            },
            "sync_mode": "incremental",
            "destination_sync_mode": "append_dedup",
            "cursor_field": ["lastModifiedAt"],
            "primary_key": [["id"]],
        }
    ]
}


def sync(url: str, state: Path, *, tombstones: bool) -> list[dict[str, Any]]:
    """Sync once, with tombstones in lists where the CRM has them, and return what a destination has then."""
    bookmark, kept = state / "state.json", state / "records.json"
    records = json.loads(kept.read_text()) if kept.exists() else {}
    before = [AirbyteStateMessageSerializer.load(json.loads(bookmark.read_text()))] if bookmark.exists() else []
    catalog, config = (
        ConfiguredAirbyteCatalogSerializer.load(CATALOG),
        {"url": url, "tombstones": "true" if tombstones else ""},
    )
    source = ConcurrentDeclarativeSource(catalog=catalog, config=config, state=before, source_config=MANIFEST)
    output = read(source, config, catalog, before, expecting_exception=True)
    for message in output.records:
        record = message.record.data
        records[record["id"]] = record
    if output.state_messages:
        last = AirbyteStateMessageSerializer.dump(output.state_messages[-1].state)
        bookmark.write_text(json.dumps(last, default=dict))
    kept.write_text(json.dumps(records))
    names = ("id", "location", "attendees", "lastModifiedAt")
    return [{name: row.get(name) for name in names} for row in records.values() if not row.get("deleted")]
