#!/bin/sh
# Makes .venv with the first Python that dbt runs on: PYTHON if that is given, else the newest on the path, else one that
# uv brings. Only what runs and has venv counts: a shim of pyenv may stand for no version, and Debian packs venv apart.
PYTHON=$1

# Prints what a candidate is; fails unless it will do.
look_at() {
    "$1" -c '
import sys
print("Python %d.%d.%d" % sys.version_info[:3])
if not (3, 11) <= sys.version_info[:2] <= (3, 13):
    sys.exit(1)
try:
    import ensurepip, venv
except ImportError:
    print("without venv (on Debian: apt-get install python3-venv)")
    sys.exit(1)
' 2> /dev/null
}

if [ -n "$PYTHON" ]; then
    found=$(look_at "$PYTHON") || {
        echo "Python 3.11, 3.12 or 3.13 with venv is needed; $PYTHON is" ${found:-no Python that runs}. \
            "Name another with PYTHON=python3.12, or leave PYTHON out: make looks for one." >&2
        exit 2
    }
else
    for candidate in python3.13 python3.12 python3.11 python3; do
        if look_at "$candidate" > /dev/null; then
            PYTHON=$candidate
            break
        fi
    done
fi

if [ -n "$PYTHON" ]; then
    echo "Setting up .venv (once, about a minute)"
    "$PYTHON" -m venv .venv
elif uv --version > /dev/null 2>&1; then
    echo "Setting up .venv with a Python that uv brings (once, about a minute)"
    uv venv --quiet --seed --python 3.13 .venv || {
        echo "uv could not bring Python 3.13: see above. Install Python 3.11, 3.12 or 3.13 and name it with PYTHON=." >&2
        exit 2
    }
else
    found=$(look_at python3)
    cat >&2 << END
Python 3.11, 3.12 or 3.13 with venv is needed; python3 is $(echo ${found:-not there}).
    Debian, Ubuntu: sudo apt-get install python3.12-venv (or python3.11-venv, python3.13-venv)
    macOS with Homebrew: brew install python@3.13
    any system with uv (docs.astral.sh/uv): make brings Python 3.13 by itself
END
    exit 2
fi
