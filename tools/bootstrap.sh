#!/bin/sh
# Make the environment .venv from a lock file with hashes:  sh tools/bootstrap.sh runtime|dev
#
# PYTHON names the interpreter (default python3). Done in a moment when nothing has changed; made anew when the
# interpreter has, or when the project was moved. Uses uv: the machine's, else the one of requirements-bootstrap.lock,
# else plain pip.
set -eu
cd -- "$(dirname -- "$0")/.."

say() { printf 'santex: %s\n' "$*" >&2; }
die() { say "$*"; exit 1; }

case ${1:-} in
    runtime) lock=requirements.lock ;;
    dev) lock=requirements-dev.lock ;;
    *) die "usage: sh tools/bootstrap.sh runtime|dev" ;;
esac
kind=$1
venv=.venv
python=${PYTHON:-python3}

command -v "$python" >/dev/null 2>&1 ||
    die "there is no $python here. Install Python 3.11 or newer (Debian: apt-get install python3 python3-venv)" \
        "or name one: make demo PYTHON=/path/to/python3"
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
    die "Python 3.11 or newer is needed, and $python is $("$python" -V 2>&1). Name another: make demo PYTHON=python3.12"
# An active environment's python3 stands for the interpreter it was made from.
base=$("$python" -c 'import sys; print(getattr(sys, "_base_executable", None) or sys.executable)')
about='import sys; print(sys.version_info[:3], sys.base_prefix)'

fingerprint() { printf '%s\n' "$(pwd -P)" "$("$base" -c "$about")"; cat -- "$1" requirements-bootstrap.lock; }
stamp_of() { fingerprint "$1" | cksum; }
current() { [ -f "$venv/santex-$1" ] && [ "$(cat "$venv/santex-$1")" = "$2" ] && "$venv/bin/python" -c '' 2>/dev/null; }

wanted=$(stamp_of "$lock")
current "$kind" "$wanted" && exit 0
# The developers' environment holds all that running needs.
if [ "$kind" = runtime ] && current dev "$(stamp_of requirements-dev.lock)"; then exit 0; fi

uv=
if uv --version >/dev/null 2>&1; then uv=$(command -v uv); fi
if [ -z "$uv" ] && "$venv/bin/uv" --version >/dev/null 2>&1; then uv=$venv/bin/uv; fi

pip() { "$venv/bin/python" -m pip --disable-pip-version-check --quiet "$@"; }
# An environment is kept when it works, was made here, with this interpreter, and can be installed into.
kept() {
    [ "$("$venv/bin/python" -c "$about" 2>/dev/null)" = "$("$base" -c "$about")" ] || return 1
    [ ! -f "$venv/santex-path" ] || [ "$(cat "$venv/santex-path")" = "$(pwd -P)" ] || return 1
    [ -n "$uv" ] || pip --version >/dev/null 2>&1
}

if ! kept; then
    case $uv in "$venv"/*) uv= ;; esac
    rm -rf "$venv"
    say "making $venv with $("$base" -V)"
    if [ -n "$uv" ]; then
        "$uv" venv --quiet --no-project --python "$base" "$venv"
    else
        if ! "$base" -c 'import ensurepip, venv; ensurepip.version()' 2>/dev/null; then
            if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
                say "this Python cannot make environments yet: installing python3-venv"
                apt-get update -qq || say "the lists of packages could not be updated; trying with the old ones"
                DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends python3-venv >/dev/null
            fi
            "$base" -c 'import ensurepip, venv; ensurepip.version()' 2>/dev/null ||
                die "this Python cannot make environments. On Debian or Ubuntu run: sudo apt-get install python3-venv"
        fi
        "$base" -m venv "$venv"
    fi
fi
pwd -P >"$venv/santex-path"
rm -f "$venv/santex-runtime" "$venv/santex-dev"

if [ -z "$uv" ] && pip install --require-hashes --only-binary :all: -r requirements-bootstrap.lock; then
    uv=$venv/bin/uv
fi

say "installing $lock"
quiet=--quiet
if [ -t 2 ]; then quiet=; fi # somebody is watching: let uv draw its progress
with_uv() { "$uv" pip install --python "$venv/bin/python" --require-hashes --no-deps --no-build $quiet -r "$lock"; }
if [ -z "$uv" ]; then
    say "uv cannot be had here; pip takes a minute or two"
    pip install --require-hashes --no-deps --only-binary :all: -r "$lock"
elif ! with_uv; then
    say "trying once more, with the certificates of this system"
    UV_SYSTEM_CERTS=true UV_NATIVE_TLS=true with_uv
fi
ln -sf ../../bin/santex "$venv/bin/santex"
printf '%s\n' "$wanted" >"$venv/santex-$kind"
