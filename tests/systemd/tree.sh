#!/usr/bin/env bash
# Makes the tree that tests/systemd.sh boots, once: Debian with a systemd that knows Type=notify-reload, PostgreSQL and Redis.
# Prints its folder. Several at a time wait for each other. Wants root.
set -euo pipefail
cache=${XDG_CACHE_HOME:-$HOME/.cache}/fx-monitor-tests
tree=$cache/trixie
mkdir -p "$cache"
echo "$tree"
exec 9>"$tree.lock"
flock 9
[[ ! -e $tree/usr/lib/systemd/systemd ]] || exit 0

packages=systemd,systemd-sysv,dbus,libnss-systemd,postgresql,redis-server,libssl3t64,zlib1g,ca-certificates
rm -rf "$tree" "$tree.new"
# The server's own cluster and service are not used: the units of the test bring theirs.
mmdebstrap --quiet --variant=essential --include="$packages" --aptopt='APT::Install-Recommends "false"' \
    --aptopt='Acquire::Languages "none"' --aptopt='Acquire::Check-Valid-Until "false"' --dpkgopt=force-unsafe-io \
    --setup-hook='mkdir -p "$1/etc/postgresql-common"; echo create_main_cluster = false >"$1/etc/postgresql-common/createcluster.conf"' \
    trixie "$tree.new" "deb http://deb.debian.org/debian trixie main" >&2
mv "$tree.new" "$tree"
