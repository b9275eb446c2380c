#!/bin/bash
# Makes a Python of its own in the folder of the tests' servers, once, with published packages: a mail server and the library
# that verifies webhooks, or those of another list. Prints its interpreter. Several at a time wait for each other.
#   prepare.sh [REQUIREMENTS]
set -eu
here=$(cd "$(dirname "$0")" && pwd)
requirements=${1:-$here/requirements.txt}
name=python
# Another list has a folder of its own, called after where it stands.
[ $# -eq 0 ] || name=python-$(basename "$(dirname "$requirements")")
home=${XDG_CACHE_HOME:-$HOME/.cache}/fx-monitor-tests/$name
mkdir -p "$home"
echo "$home/bin/python"
exec 9>"$home.lock"
flock 9
! cmp -s "$requirements" "$home/installed.txt" || exit 0

python3 -m venv --clear "$home" >&2
"$home/bin/pip" install --quiet --disable-pip-version-check --requirement "$requirements" >&2
cp "$requirements" "$home/installed.txt"
