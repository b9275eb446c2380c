#!/bin/bash
# Makes a Python of its own in the folder of the tests' servers, once, with a mail server and the published library that
# verifies webhooks. Prints its interpreter. Several at a time wait for each other.
#   prepare.sh
set -eu
here=$(cd "$(dirname "$0")" && pwd)
home=${XDG_CACHE_HOME:-$HOME/.cache}/fx-monitor-tests/python
mkdir -p "$home"
echo "$home/bin/python"
exec 9>"$home.lock"
flock 9
! cmp -s "$here/requirements.txt" "$home/installed.txt" || exit 0

python3 -m venv --clear "$home" >&2
"$home/bin/pip" install --quiet --disable-pip-version-check --requirement "$here/requirements.txt" >&2
cp "$here/requirements.txt" "$home/installed.txt"
