#!/bin/bash
# Fetches Kafka from Maven Central into the folder of the tests' servers, once, and makes a class archive that halves its
# start-up time. Prints the folder. Several at a time wait for each other.
#   prepare.sh
set -eu
here=$(cd "$(dirname "$0")" && pwd)
lib=${KAFKA_LIB:-${XDG_CACHE_HOME:-$HOME/.cache}/fx-monitor-tests/kafka}
mkdir -p "$lib"
echo "$lib"
exec 9>"$lib/.lock"
flock 9
[ ! -f "$lib/classes.jsa" ] || exit 0

mvn -q -B -f "$here/pom.xml" dependency:copy-dependencies -DoutputDirectory="$lib" >&2

# A first run on spare ports records the classes that a node loads.
port=$((20000 + RANDOM % 10000))
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
KAFKA_LIB=$lib RECORD_CLASSES=$scratch/classes.jsa KAFKA_JAVA_OPTS="-Xmx512m -Xlog:disable" \
    "$here/run.sh" "$scratch/node" "$port" >&2 9>&- &
node=$!
until (: <"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do
    kill -0 $node || exit 1
    sleep 0.2
done
kill $node
wait $node || true
mv "$scratch/classes.jsa" "$lib/classes.jsa"
