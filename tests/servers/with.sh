#!/usr/bin/env bash
# Runs a command beside Kafka, PostgreSQL, Redis and Elasticsearch, which are started for it once and are gone when it has
# ended. It finds their addresses in FX_TEST_KAFKA, FX_TEST_POSTGRES, FX_TEST_REDIS and FX_TEST_ELASTICSEARCH. Ends with the command's exit code.
#   tests/servers/with.sh COMMAND…
set -euo pipefail

(($# > 0)) || { echo "usage: with.sh COMMAND…" >&2; exit 2; }
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# Built and then run, since what `cargo run` puts into the environment would have a cargo within build anew.
"${CARGO:-cargo}" build --quiet --locked --manifest-path "$root/Cargo.toml" --package fx-testkit --bin with-servers
exec "${CARGO_TARGET_DIR:-$root/target}/debug/with-servers" "$@"
