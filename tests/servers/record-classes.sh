#!/bin/bash
# Runs a server once on spare ports and keeps the classes that it loads, which halves its next start-up time.
#   record-classes.sh RUN ARCHIVE
set -eu
run=$1 archive=$2
port=$((20000 + RANDOM % 10000))
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
RECORD_CLASSES=$scratch/classes.jsa "$run" "$scratch/node" "$port" >&2 9>&- &
node=$!
until (: <"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do
    kill -0 $node || exit 1
    sleep 0.2
done
kill $node
wait $node || true
mv "$scratch/classes.jsa" "$archive"
