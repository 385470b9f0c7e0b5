"""dlt's REST source by configuration alone: merged by id, from the largest stamp, with hard deletes.

    pip install 'dlt[duckdb]'
    mockcrm trial --no-mailbox --no-writes -- python dlt_pipeline.py

`CONFIGURATION` and `dlt.pipeline` are as in dlt's documentation. The last lines hand in what the destination has.
"""

import json
import os
from datetime import datetime
from pathlib import Path

import dlt
from dlt.destinations.exceptions import DatabaseUndefinedRelation
from dlt.sources.rest_api import rest_api_source

STATE = Path(os.environ["CRM_STATE"])
CONFIGURATION = {
    "client": {
        "base_url": os.environ["CRM_URL"] + "/",
        "paginator": {"type": "cursor", "cursor_path": "nextPageToken", "cursor_param": "pageToken"},
    },
    "resource_defaults": {"primary_key": "id", "write_disposition": "merge", "max_table_nesting": 0},
    "resources": [
        {
            "name": "events",
            "columns": {"deleted": {"data_type": "bool", "hard_delete": True}},
            "endpoint": {
                "path": "events",
                "data_selector": "records",
                "params": {"showDeleted": "true"},
                "incremental": {
                    "start_param": "since",
                    "cursor_path": "lastModifiedAt",
                    "initial_value": "1970-01-01T00:00:00.000Z",
                },
            },
        }
    ],
}
COLUMNS = {"id": "id", "subject": "subject", "location": "location", "last_modified_at": "lastModifiedAt"}
"""The columns that are compared, by the names that dlt gives them. A replica need not have all fields of an event."""


def replica(pipeline: dlt.Pipeline) -> list[dict]:
    """What the destination has; nothing before the first row has arrived."""
    try:
        with pipeline.sql_client() as sql, sql.execute_query("SELECT * FROM events") as cursor:
            names, rows = [column[0] for column in cursor.description], cursor.fetchall()
    except DatabaseUndefinedRelation:
        return []
    return [
        {COLUMNS[name]: plain(value) for name, value in zip(names, row, strict=True) if name in COLUMNS} for row in rows
    ]


def plain(value: object) -> object:
    return value.isoformat() if isinstance(value, datetime) else value


if __name__ == "__main__":
    pipeline = dlt.pipeline(
        "sync", destination=dlt.destinations.duckdb(str(STATE / "replica.duckdb")), pipelines_dir=str(STATE / "dlt")
    )
    try:
        pipeline.run(rest_api_source(CONFIGURATION))
    finally:
        Path(os.environ["CRM_REPLICA"]).write_text(json.dumps(replica(pipeline)))
