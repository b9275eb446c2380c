#!/bin/bash
# Fetches Elasticsearch from Maven Central into the folder of the tests' servers, once, compiles the launcher, and makes a
# class archive that halves the start-up time. Prints the folder. Several at a time wait for each other.
#   prepare.sh
set -eu
here=$(cd "$(dirname "$0")" && pwd)
home=${ES_HOME:-${XDG_CACHE_HOME:-$HOME/.cache}/fx-monitor-tests/elasticsearch}
mkdir -p "$home"
echo "$home"
exec 9>"$home.lock"
flock 9
[ ! -f "$home/classes.jsa" ] || exit 0

# The archive is large and needed only once: it is kept in no repository.
rm -rf "$home" "$home.new"
mvn -q -B -f "$here/pom.xml" -Dmaven.repo.local="$home.new/repository" dependency:unpack-dependencies \
    -DoutputDirectory="$home.new" -DmarkersDirectory="$home.new/markers" >&2
mv "$home.new"/sonarqube-*/elasticsearch "$home"
rm -rf "$home.new"

javac -proc:none -XDsuppressNotes --module-path "$home/lib" --add-modules ALL-MODULE-PATH \
    -d "$home/launcher" "$here/Launch.java" >&2
jar -c -f "$home/Launch.jar" -C "$home/launcher" . >&2
rm -r "$home/launcher"

ES_HOME=$home ES_JAVA_OPTS="-Xms512m -Xmx512m -Xlog:disable" \
    "$here/../record-classes.sh" "$here/run.sh" "$home/classes.jsa"
