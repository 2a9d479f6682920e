#!/bin/sh
# Makes .venv ready to run and to test Gatepost; the Makefile calls it when a lock has changed. docs/reference/setup.md tells the whole.
# Plain sh, since there may be no Python to run anything else with.
set -eu
cd "$(dirname "$0")/.."

venv=.venv
log=$(mktemp)
trap 'rm -f "$log"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

say() { printf 'setup: %s\n' "$*"; }

die() {
  printf 'setup: %s\n' "$@" >&2
  exit 1
}

# step LABEL COMMAND…: one line with the seconds it took; what a failing command printed is shown whole.
step() {
  printf 'setup: %s ... ' "$1"
  shift
  began=$(date +%s)
  if "$@" >"$log" 2>&1 </dev/null; then
    printf '%s s\n' $(($(date +%s) - began))
  else
    printf 'failed after %s s\n' $(($(date +%s) - began))
    cat "$log" >&2
    return 1
  fi
}

# ── Python ──────────────────────────────────────────────────────────────────
new_enough() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; }

find_python() {
  if [ -n "${PYTHON:-}" ]; then
    set -- "$PYTHON"
  else
    set -- python3.11 python3 python3.12 python3.13 python3.14 python
  fi
  for candidate; do
    if new_enough "$candidate"; then
      printf '%s\n' "$candidate"
      return
    fi
  done
  die "Gatepost needs Python 3.11 or newer; what is here is: $("${PYTHON:-python3}" --version 2>/dev/null || echo 'none')." \
    'On Debian 12 or newer:  sudo apt-get install -y python3 python3-venv' \
    'If it lies elsewhere, name it:  make setup PYTHON=/path/to/python3.11'
}

# ── Debian's packages ───────────────────────────────────────────────────────
may_install() {
  command -v apt-get >/dev/null || return 1
  [ "$(id -u)" = 0 ] || sudo -n true >/dev/null 2>&1
}

apt() {
  if [ "$(id -u)" = 0 ]; then elevate=; else elevate='sudo -n'; fi
  $elevate env DEBIAN_FRONTEND=noninteractive apt-get -y -o DPkg::Lock::Timeout=120 "$@"
}

# The lists of a fresh machine are empty or old: then they are fetched, and it is tried once more.
install_debian() { apt install --no-install-recommends "$@" || { apt update && apt install --no-install-recommends "$@"; }; }

# ── The virtual environment ─────────────────────────────────────────────────
venv_works() { new_enough "$venv/bin/python" && "$venv/bin/python" -m pip --version >/dev/null 2>&1; }

has_ensurepip() { "$python" -c 'import ensurepip, venv' >/dev/null 2>&1; }

# Debian keeps ensurepip in a package of its own; a pip from outside (22.3 or newer) can fill a venv just as well.
outside_pip_fills_venv() {
  "$python" -m venv --clear --without-pip "$venv" && "$python" -m pip --python "$venv/bin/python" install --no-user --require-hashes -r requirements/uv.txt
}

make_venv() {
  python=$(find_python)
  version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
  if ! has_ensurepip; then
    if "$python" -m pip --version >/dev/null 2>&1 && step "$venv by the pip of Python $version" outside_pip_fills_venv; then
      return
    fi
    may_install || die "this Python cannot make a virtual environment. Run this, then the same make again:" "sudo apt-get install -y python$version-venv"
    step "python$version-venv from Debian" install_debian "python$version-venv"
  fi
  step "$venv with Python $version" "$python" -m venv --clear "$venv"
}

install_uv() { "$venv/bin/python" -m pip install --no-user --require-hashes -r requirements/uv.txt; }

# ── Packages ────────────────────────────────────────────────────────────────
# What pip was told, in its files or in PIP_*; uv does not read those.
pip_setting() {
  for section in :env: install global; do
    value=$("$venv/bin/python" -m pip config get "$section.$1" 2>/dev/null) || continue
    printf '%s\n' "$value"
    return
  done
}

follow_pip() {
  if [ -z "${UV_DEFAULT_INDEX:-}${UV_INDEX_URL:-}" ]; then
    index=$(pip_setting index-url)
    [ -z "$index" ] || export UV_DEFAULT_INDEX="$index"
  fi
  if [ -z "${SSL_CERT_FILE:-}" ]; then
    cert=$(pip_setting cert)
    [ -z "$cert" ] || export SSL_CERT_FILE="$cert"
  fi
  [ -w "${UV_CACHE_DIR:-${XDG_CACHE_HOME:-${HOME:-/nonexistent}}}" ] || export UV_NO_CACHE=1
}

uv_sync() { "$venv/bin/uv" pip sync --python "$venv/bin/python" --require-hashes requirements/dev.txt; }

pip_sync() { "$venv/bin/python" -m pip install --no-user --no-deps --require-hashes -r requirements/dev.txt; }

install_project() { "$venv/bin/uv" pip install --python "$venv/bin/python" --no-deps --no-build-isolation --editable .; }

# ── zbar, the second decoder ────────────────────────────────────────────────
has_zbar() { "$venv/bin/python" -c 'import ctypes.util, sys; sys.exit(ctypes.util.find_library("zbar") is None)'; }

offer_zbar() {
  if has_zbar; then return; fi
  if may_install && step 'libzbar0 from Debian' install_debian libzbar0; then return; fi
  say 'without libzbar0 the scanner works, less its second decoder for still pictures. To have it:'
  say '  sudo apt-get install -y libzbar0'
}

start=$(date +%s)
venv_works || make_venv
follow_pip
[ -x "$venv/bin/uv" ] || step 'uv, which installs the rest' install_uv
packages=$(grep -c '==' requirements/dev.txt)
if ! step "$packages packages from requirements/dev.txt" uv_sync; then
  say 'uv could not; pip may, which follows settings that uv does not know.'
  step "$packages packages by pip" pip_sync
fi
step 'Gatepost itself' install_project
offer_zbar
say "ready in $(($(date +%s) - start)) s; this is not done again until a lock changes."
