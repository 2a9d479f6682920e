#!/bin/sh
# Compiles requirements/*.txt out of pyproject.toml and requirements/*.in. Pins that still fit stay: `make lock UPGRADE=1` raises them.
set -eu
cd "$(dirname "$0")/.."

# A setting of one machine (a mirror, an extra index) must not reach a lock.
# shellcheck disable=SC2046 # one word a variable
unset $(env | sed -n 's/^\(UV_[A-Z0-9_]*\)=.*/\1/p')

compile() {
  target=$1
  shift
  .venv/bin/uv pip compile --quiet --no-config --generate-hashes --universal --python-version 3.11 --no-header \
    ${UPGRADE:+--upgrade} --output-file "$target" "$@" >/dev/null
  sed -i '/^    #   -c requirements\/dev\.txt$/d' "$target"
  echo "lock: $target, $(grep -c '==' "$target") packages"
}

# The largest first: the others may pin nothing else than it does.
compile requirements/dev.txt pyproject.toml requirements/dev.in --extra door --extra central --extra test
compile requirements/door.txt pyproject.toml --extra door --constraint requirements/dev.txt
compile requirements/central.txt pyproject.toml --extra central --constraint requirements/dev.txt
compile requirements/uv.txt requirements/uv.in --constraint requirements/dev.txt
