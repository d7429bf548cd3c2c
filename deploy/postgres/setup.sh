#!/bin/sh
# What the database's container runs when its volume is empty (see compose.yaml).
set -eu
psql -v ON_ERROR_STOP=1 -v password="$HIWELINK_PASSWORD" \
    -U "${POSTGRES_USER:-postgres}" -d postgres -f /setup.sql
