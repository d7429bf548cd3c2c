"""dlt_sync.py URL SOCKET_FOLDER NAME FOLDER: dlt's REST source into PostgreSQL.

Runs in an environment of its own, which has dlt and not HiWelink. Merges by id, as a
sync has to; the time is that of a run into tables that do not exist yet, then of one
that finds the same again.
"""

import json
import sys
import time

import dlt
from dlt.sources.rest_api import rest_api_source

url, socket_folder, name, folder = sys.argv[1:5]

SOURCE = {
    "client": {
        "base_url": url,
        "paginator": {
            "type": "page_number",
            "base_page": 1,
            "page_param": "page",
            "total_path": "meta.last_page",
        },
    },
    "resource_defaults": {"primary_key": "id", "write_disposition": "merge"},
    "resources": [
        {
            "name": "products",
            "endpoint": {
                "path": "api/products",
                "params": {"per_page": 50},
                "data_selector": "data",
            },
        }
    ],
}
pipeline = dlt.pipeline(
    pipeline_name=name,
    destination=dlt.destinations.postgres(
        {
            "database": "hiwelink",
            "username": "postgres",  # it makes a schema, which ours may not
            "password": "unused",
            "host": "localhost",
            "query": {"host": socket_folder, "connect_timeout": "15"},
        }
    ),
    dataset_name=name,
    pipelines_dir=folder,
)
seconds = []
for _ in range(2):
    began = time.perf_counter()
    pipeline.run(rest_api_source(SOURCE))
    seconds.append(time.perf_counter() - began)
with pipeline.sql_client() as client:
    count = client.execute_sql("SELECT count(*) FROM products")[0][0]
print(json.dumps({"seconds": seconds, "count": count}))
