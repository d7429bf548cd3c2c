#!/bin/sh
# Installs from the system's packages what the slow tests need and pip cannot bring:
# a browser, Node.js and PHP for the examples, Redis, nginx, and systemd's program that
# judges units. Does nothing where they exist.
set -eu
needed=""
[ -n "${CHROMIUM:-}" ] || command -v chromium >/dev/null 2>&1 || needed="$needed chromium"
command -v node >/dev/null 2>&1 && command -v npm >/dev/null 2>&1 || needed="$needed nodejs npm"
{ command -v php && [ -d /usr/share/php/Illuminate ] && [ -d /usr/share/php/GuzzleHttp ]; } >/dev/null 2>&1 || needed="$needed php-cli php-sqlite3 php-mbstring php-laravel-framework php-guzzlehttp-guzzle"
command -v redis-server >/dev/null 2>&1 || needed="$needed redis-server"
command -v nginx >/dev/null 2>&1 || [ -x /usr/sbin/nginx ] || needed="$needed nginx-light"
command -v systemd-analyze >/dev/null 2>&1 || needed="$needed systemd"
[ -n "$needed" ] || exit 0

echo "Installing$needed from the system's packages ..."
as_root=""
[ "$(id -u)" = 0 ] || as_root="sudo"
export DEBIAN_FRONTEND=noninteractive
if ! { $as_root apt-get update -qq && $as_root apt-get install -qq -y --no-install-recommends $needed; } >/dev/null; then
    echo "The tests need$needed: install them with your system's package manager." >&2
    exit 1
fi
