#!/bin/sh
# Runs one Elasticsearch node in the foreground.
#   run.sh DATA_DIR PORT
# The transport listens on PORT + 1. DATA_DIR is kept: the node takes it up again on the next run. prepare.sh comes before.
#
# EXTRA_SETTINGS are lines for elasticsearch.yml. With ES_SECURITY=true, users, users_roles and roles.yml come into
# DATA_DIR/config first (passwords as bcrypt hashes that begin with $2a$).
set -eu
here=$(cd "$(dirname "$0")" && pwd)
[ $# -eq 2 ] || { echo "usage: run.sh DATA_DIR PORT" >&2; exit 2; }
mkdir -p "$1/config" "$1/tmp"
data=$(cd "$1" && pwd)
port=$2
home=${ES_HOME:-${XDG_CACHE_HOME:-$HOME/.cache}/fx-monitor-tests/elasticsearch}

cp "$here/log4j2.properties" "$data/config/"
cat >"$data/config/elasticsearch.yml" <<EOF
cluster.name: fx-test
node.name: node-1
path.data: $data/data
path.logs: $data/logs
network.host: 127.0.0.1
http.port: $port
transport.port: $((port + 1))
discovery.type: single-node
cluster.routing.allocation.disk.threshold_enabled: false
cluster.max_shards_per_node: 10000
xpack.security.enabled: ${ES_SECURITY:-false}
${EXTRA_SETTINGS:-}
EOF

java="java -XX:TieredStopAtLevel=1 -XX:+UseSerialGC ${ES_JAVA_OPTS:--Xms512m -Xmx512m}"
[ ! -f "$home/classes.jsa" ] || java="$java -XX:SharedArchiveFile=$home/classes.jsa"
exec $java ${RECORD_CLASSES:+-XX:ArchiveClassesAtExit=$RECORD_CLASSES} \
    -Djava.io.tmpdir="$data/tmp" -Dfx.log="${ES_LOG:-warn}" \
    -Des.path.home="$home" -Des.path.conf="$data/config" -Des.distribution.type=tar \
    -Djna.nosys=true -Dlog4j2.disable.jmx=true \
    -Dio.netty.noUnsafe=true -Dio.netty.noKeySetOptimization=true -Dio.netty.recycler.maxCapacityPerThread=0 \
    --add-opens=java.base/java.io=org.elasticsearch.server \
    --add-opens=org.apache.lucene.core/org.apache.lucene.store=org.elasticsearch.server \
    --module-path "$home/lib" --add-modules ALL-MODULE-PATH -cp "$home/Launch.jar" Launch
