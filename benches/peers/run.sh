#!/bin/sh
# The poll cycle of the benchmark `cycle` and, in the same run, the same by Microsoft's SDK for
# Python: needs python3 with venv, and pip's index the first time. Arguments go to cargo bench
# (`--profile release` is built faster).
set -eu
here=$(cd "$(dirname "$0")" && pwd)
cd "$here/../.."
venv=${CARGO_TARGET_DIR:-target}/peers
if ! cmp -s "$here/requirements.txt" "$venv/installed.txt"; then
    python3 -m venv "$venv"
    "$venv/bin/pip" install --quiet --requirement "$here/requirements.txt"
    cp "$here/requirements.txt" "$venv/installed.txt"
fi
LAMPFIELD_PEER_PYTHON=$(cd "$venv/bin" && pwd)/python
export LAMPFIELD_PEER_PYTHON
exec cargo bench "$@" --bench cycle
