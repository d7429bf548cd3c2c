#!/bin/sh
# Makes the virtual environment $1 and installs the pinned packages of $2 into it.
set -eu
venv=$1
requirements=$2
python=${PYTHON:-python3}

fail() {
    echo "$1" >&2
    exit 1
}

command -v "$python" >/dev/null 2>&1 ||
    fail "HiWelink needs Python 3.11 or newer, and '$python' was not found: install it, or name it with PYTHON=/path/to/python3 make run."
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
    fail "HiWelink needs Python 3.11 or newer, and '$python' is older: name another with PYTHON=/path/to/python3 make run."

if ! [ -x "$venv/bin/pip" ]; then
    rm -rf "$venv"
    if ! output=$("$python" -m venv "$venv" 2>&1); then
        fail "The virtual environment $venv could not be made (on Debian: apt-get install python3-venv): $(echo "$output" | tail -n 1)"
    fi
fi
echo "Installing the packages of $requirements ..."
output=$("$venv/bin/pip" install --quiet --disable-pip-version-check --requirement "$requirements" 2>&1) ||
    fail "The packages could not be installed: $(echo "$output" | grep -i error | tail -n 1)"
