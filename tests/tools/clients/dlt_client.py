"""dlt's REST source as its documentation sets it up: merged by id, from the largest stamp, with hard deletes."""

import json
import logging
from datetime import datetime
from pathlib import Path
from typing import Any

import dlt
from dlt.destinations import duckdb
from dlt.sources.rest_api import rest_api_source

logging.disable(logging.CRITICAL)

COLUMNS = {"id": "id", "location": "location", "attendees": "attendees", "last_modified_at": "lastModifiedAt"}
"""The columns that are compared, with their names in the CRM."""


def sync(url: str, state: Path, *, tombstones: bool) -> list[dict[str, Any]]:
    """Sync once, with tombstones in lists where the CRM has them, and return what the destination has then."""
    events = {
        "name": "events",
        "columns": {"deleted": {"data_type": "bool", "hard_delete": True}},
        "endpoint": {
            "path": "events",
            "data_selector": "records",
            "params": {"showDeleted": "true"} if tombstones else {},
            "incremental": {
                "start_param": "since",
                "cursor_path": "lastModifiedAt",
                "initial_value": "1970-01-01T00:00:00.000Z",
            },
        },
    }
    source = rest_api_source(
        {
            "client": {
                "base_url": f"{url}/",
                "paginator": {"type": "cursor", "cursor_path": "nextPageToken", "cursor_param": "pageToken"},
            },
            "resource_defaults": {"primary_key": "id", "write_disposition": "merge"},
            "resources": [events],
        }
    )
    source.max_table_nesting = 0
    pipeline = dlt.pipeline(
        "sync", destination=duckdb(str(state / "replica.duckdb")), dataset_name="crm", pipelines_dir=str(state / "dlt")
    )
    try:
        pipeline.run(source)
    finally:
        records = _replica(pipeline)
    return records


def _replica(pipeline: Any) -> list[dict[str, Any]]:
    """The rows of the destination, with those columns that it has."""
    with pipeline.sql_client() as client:
        found = client.execute_sql("SELECT column_name FROM duckdb_columns() WHERE table_name = 'events'") or []
        columns = [(column, name) for column, name in COLUMNS.items() if (column,) in found]
        if not columns:
            return []
        rows = client.execute_sql(f"SELECT {', '.join(column for column, _ in columns)} FROM events")
    names, nothing = [name for _, name in columns], dict.fromkeys(COLUMNS.values())
    return [nothing | {name: _plain(value) for name, value in zip(names, row, strict=True)} for row in rows]


def _plain(value: Any) -> Any:
    """A value as JSON has it. The destination keeps a list as JSON text."""
    if isinstance(value, str) and value.startswith("["):
        return json.loads(value)
    return value.isoformat() if isinstance(value, datetime) else value
