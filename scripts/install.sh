#!/bin/bash
# Install a lock file and aios itself into .venv. uv, taken from the lock, does it in seconds; pip does it otherwise.
set -euo pipefail
cd "$(dirname "$0")/.."

lock=$1
python=.venv/bin/python
export PIP_DISABLE_PIP_VERSION_CHECK=1

uv_from_lock() {
    [ -x .venv/bin/uv ] && return
    local pinned
    pinned=$(mktemp)
    awk '/^[^ ]/ { wanted = /^uv==/ } wanted' "$lock" >"$pinned"
    "$python" -m pip install --quiet --require-hashes -r "$pinned"
    local status=$?
    rm -f "$pinned"
    return $status
}

with_uv() {
    uv_from_lock && .venv/bin/uv pip install --quiet --compile-bytecode --python "$python" --require-hashes -r "$lock"
}

with_pip() {
    echo "  … with pip, which takes a minute or two"
    "$python" -m pip install --quiet --require-hashes -r "$lock"
}

echo "Installing $(grep -c == "$lock") packages from $lock …"
if ! with_uv 2>.venv/uv.log; then
    with_pip
fi
"$python" -m pip install --quiet --no-deps --no-build-isolation --editable .
"$python" -m compileall -q aios assets sensors resources # for who sets PYTHONDONTWRITEBYTECODE, as containers do
echo "Installed."
