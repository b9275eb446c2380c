#!/usr/bin/env bash
# The units of nixos/units.nix under a real systemd, in a container of its own without a network, beside a real Kafka,
# PostgreSQL, Redis and Elasticsearch. FX_BIN_DIR has the programs, by default target/debug. Wants root, or sudo. The last line
# says how many checks passed and failed; with `bench` it prints figures instead.
#   systemd.sh [bench]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

if [[ $EUID -ne 0 ]]; then
    # It mounts, boots and enters a container.
    exec sudo --preserve-env=FX_BIN_DIR,CARGO_TARGET_DIR,XDG_CACHE_HOME,HOME,PATH "$PWD/tests/systemd.sh" "$@"
fi
programs=$(realpath "${FX_BIN_DIR:-${CARGO_TARGET_DIR:-target}/debug}")
tests/servers/kafka/prepare.sh >/dev/null & kafka=$!
tests/servers/elasticsearch/prepare.sh >/dev/null & elasticsearch=$!
tools=$(tests/nix/tools.sh)
tree=$(tests/systemd/tree.sh)
wait $kafka
wait $elasticsearch
exec timeout -k 30s 400s python3 -B tests/systemd/test.py "$tree" "$programs" "$tools/nix-instantiate" "$@"
