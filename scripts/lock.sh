#!/usr/bin/env bash
# Write requirements/*.txt anew from requirements/*.in. The locks carry hashes and no address: where packages come from
# is the machine's own choice. uv is installed only here, apart from .venv.
set -euo pipefail
cd "$(dirname "$0")/.."

tools=$(mktemp -d)
trap 'rm -rf "$tools"' EXIT
.venv/bin/python -m venv "$tools/venv"
"$tools/venv/bin/python" -m pip --disable-pip-version-check install --quiet uv

for name in build node runtime dev; do
  "$tools/venv/bin/uv" pip compile --quiet --generate-hashes --no-emit-index-url --no-emit-find-links --no-annotate \
    --universal --python-version 3.11 --custom-compile-command "make lock" "$@" \
    "requirements/$name.in" -o "requirements/$name.txt"
done
npm install --package-lock-only --ignore-scripts --loglevel=error
