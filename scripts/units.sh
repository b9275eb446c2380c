#!/usr/bin/env bash
# Writes the unit files for a machine without NixOS from nixos/units.nix: programs in /usr/local/bin, the configuration in
# /etc/fx-monitor/config.toml, servers by Debian's names. `--install` puts programs of target/release, the configuration where
# there is none, and the units where they belong, and wants root. Needs Nix to evaluate, or mmdebstrap to get it.
#   units.sh FOLDER
#   units.sh --install
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
(($# == 1)) || { echo "usage: units.sh FOLDER | --install" >&2; exit 2; }

programs=(fx-monitor fx-producer fx-consumer fx-alert-engine fx-api)
folder=$1
[[ $1 != --install ]] || folder=/etc/systemd/system
command -v nix-instantiate >/dev/null || PATH=$PATH:$(tests/nix/tools.sh)
units=$(mktemp)
trap 'rm -f "$units"' EXIT
nix-instantiate --store dummy:// --eval --strict --json -E 'import ./nixos/units.nix {
  program = name: "/usr/local/bin/${name}";
  configFile = "/etc/fx-monitor/config.toml";
  settings = builtins.fromTOML (builtins.readFile ./config/production.toml);
  servers = {
    kafka = "kafka.service";
    postgresql = "postgresql.service";
    redis = "redis-server.service";
    elasticsearch = "elasticsearch.service";
    kibana = "kibana.service";
  };
}' >"$units"

if [[ $1 == --install ]]; then
    install --mode 755 --target-directory /usr/local/bin "${programs[@]/#/target/release/}"
    [[ -e /etc/fx-monitor/config.toml ]] || install -D --mode 644 config/production.toml /etc/fx-monitor/config.toml
fi
scripts/render-units.py "$units" "$folder"
if [[ $1 == --install ]]; then
    systemctl daemon-reload
    systemctl enable fx-monitor.target "${programs[@]:1}" fx-monitor-provision fx-monitor-provision-index
    echo "edit /etc/fx-monitor/config.toml, then: systemctl start fx-monitor.target"
fi
