#!/usr/bin/env bash
# What the units of nixos/units.nix take under systemd, as `name value unit`: the cold start of everything, how long each service
# needs once what it needs is there, and its memory.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
FX_BIN_DIR=${CARGO_TARGET_DIR:-target}/release exec tests/systemd.sh bench
