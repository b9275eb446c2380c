#!/bin/sh
# Runs one Kafka node (KRaft, broker and controller in one) in the foreground.
#   run.sh DATA_DIR PORT
# The controller listens on PORT + 1. DATA_DIR is formatted on first use and
# kept: the node takes it up again on the next run. prepare.sh comes before.
#
# For a cluster, start each node with its own id, directory and port, and
#   NODE_ID=1 VOTERS=1@127.0.0.1:19093,2@127.0.0.1:19095,3@127.0.0.1:19097 \
#   REPLICATION=3 run.sh DATA_DIR1 19092
# ADVERTISED is the port that clients are told, for a proxy before the node.
# SECURE_PORT and SECURE_PROTOCOL (such as SASL_SSL) add a listener for clients, EXTRA_PROPERTIES what it needs;
# FORMAT_OPTIONS are for formatting, such as the users of SCRAM.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
[ $# -eq 2 ] || { echo "usage: run.sh DATA_DIR PORT" >&2; exit 2; }
mkdir -p "$1"
data=$(cd "$1" && pwd)
port=$2
controller=$((port + 1))
id=${NODE_ID:-1}
voters=${VOTERS:-$id@127.0.0.1:$controller}
replication=${REPLICATION:-1}
min_isr=$(((replication + 1) / 2))
lib=${KAFKA_LIB:-${XDG_CACHE_HOME:-$HOME/.cache}/fx-monitor-tests/kafka}

secure=${SECURE_PORT:+,SECURE://127.0.0.1:$SECURE_PORT}

cat >"$data/server.properties" <<EOF
process.roles=broker,controller
node.id=$id
controller.quorum.voters=$voters
listeners=BROKER://127.0.0.1:$port,CONTROLLER://127.0.0.1:$controller$secure
advertised.listeners=BROKER://127.0.0.1:${ADVERTISED:-$port}$secure
listener.security.protocol.map=BROKER:PLAINTEXT,CONTROLLER:PLAINTEXT,SECURE:${SECURE_PROTOCOL:-PLAINTEXT}
inter.broker.listener.name=BROKER
controller.listener.names=CONTROLLER
log.dirs=$data/log
auto.create.topics.enable=false
group.initial.rebalance.delay.ms=0
# A killed broker can register again only once its old session has expired.
broker.session.timeout.ms=3000
broker.heartbeat.interval.ms=500
offsets.topic.num.partitions=4
offsets.topic.replication.factor=$replication
transaction.state.log.num.partitions=4
transaction.state.log.replication.factor=$replication
transaction.state.log.min.isr=$min_isr
share.coordinator.state.topic.num.partitions=4
share.coordinator.state.topic.replication.factor=$replication
share.coordinator.state.topic.min.isr=$min_isr
log.cleaner.dedupe.buffer.size=16777216
${EXTRA_PROPERTIES:-}
EOF

java="java -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Dlog4j2.configurationFile=$here/log4j2.properties
 -Dfx.log=${KAFKA_LOG:-warn} ${KAFKA_JAVA_OPTS:--Xmx512m}"
[ ! -f "$lib/classes.jsa" ] || java="$java -XX:SharedArchiveFile=$lib/classes.jsa"
if [ ! -f "$data/log/meta.properties" ]; then
    $java -cp "$lib/*" kafka.tools.StorageTool format ${FORMAT_OPTIONS:-} \
        --config "$data/server.properties" --cluster-id "${CLUSTER_ID:-fxmonitorAAAAAAAAAAAAA}" \
        >"$data/format.out" 2>&1 || { cat "$data/format.out" >&2; exit 1; }
fi
exec $java ${RECORD_CLASSES:+-XX:ArchiveClassesAtExit=$RECORD_CLASSES} -cp "$lib/*" kafka.Kafka "$data/server.properties"
