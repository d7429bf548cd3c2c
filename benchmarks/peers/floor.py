"""python -m benchmarks.peers.floor URL: what no sync can do without.

Fetch a page, parse it, write it with one upsert, commit. No mapping, no checkpoint.
"""

import json
import sys
import time

import django
import requests

django.setup()

from django.db import connection, transaction

UPSERT = """
INSERT INTO floor (id, raw) SELECT value->>'id', value FROM jsonb_array_elements(%s)
ON CONFLICT (id) DO UPDATE SET raw = EXCLUDED.raw
"""

with connection.cursor() as cursor:
    cursor.execute("DROP TABLE IF EXISTS floor")
    cursor.execute("CREATE TABLE floor (id text PRIMARY KEY, raw jsonb)")
    began, page, last = time.perf_counter(), 0, 1
    with requests.Session() as session:
        session.trust_env = False
        while page < last:
            page += 1
            params = {"page": page, "per_page": 50}
            answer = session.get(f"{sys.argv[1]}/api/products", params=params)
            body = json.loads(answer.content)
            last = body["meta"]["last_page"]
            with transaction.atomic():
                cursor.execute(UPSERT, [json.dumps(body["data"])])
    seconds = time.perf_counter() - began
print(json.dumps({"seconds": seconds, "pages": page}))
