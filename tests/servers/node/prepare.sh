#!/bin/bash
# Installs what the page's tests have of npm in a folder of its own, once. Prints that folder. Several at a time wait for
# each other.
#   prepare.sh
set -eu
here=$(cd "$(dirname "$0")" && pwd)
home=${XDG_CACHE_HOME:-$HOME/.cache}/fx-monitor-tests/node
mkdir -p "$home"
echo "$home/node_modules"
exec 9>"$home.lock"
flock 9
! cmp -s "$here/package.json" "$home/installed.json" || exit 0

cp "$here/package.json" "$home/package.json"
npm install --prefix "$home" --ignore-scripts --no-audit --no-fund --no-package-lock --loglevel=error >&2
cp "$here/package.json" "$home/installed.json"
