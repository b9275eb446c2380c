#!/usr/bin/env bash
# Makes what tests/nix.sh needs where it is not there: Nix, unpacked from Debian's archive rather than installed, and with
# `linters` deadnix and the formatter from crates.io. Keeps them in the folder of the tests' servers. Prints the folder of the
# programs.
#   tools.sh [linters]
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/fx-monitor-tests
tools=$cache/nix
mkdir -p "$tools"
exec 9>"$cache/nix.lock"
flock 9

unpack_nix() {
    local root=$tools/root libraries name
    libraries=$root/usr/lib/$(uname -m)-linux-gnu
    rm -rf "$root"
    mmdebstrap --quiet --variant=extract --include=nix-bin --aptopt='APT::Install-Recommends "false"' \
        --aptopt='Acquire::Languages "none"' --aptopt='Acquire::Check-Valid-Until "false"' \
        trixie "$root" "deb http://deb.debian.org/debian trixie main" >&2
    mkdir -p "$tools/bin"
    # Each runs on the libraries that came with it, whatever the host's are.
    for name in nix nix-instantiate; do
        printf '#!/bin/sh\nexec %s --argv0 %s --library-path %s:%s %s "$@"\n' "$(echo "$libraries"/ld-linux-*.so.*)" "$name" \
            "$libraries" "$root/usr/lib" "$root/usr/bin/nix" >"$tools/bin/$name"
        chmod +x "$tools/bin/$name"
    done
}

build_linters() {
    local target
    target=$(mktemp -d)
    # The folder is expanded now; it is local.
    # shellcheck disable=SC2064
    trap "rm -rf '$target'" EXIT
    cargo install --quiet --locked --root "$tools" --target-dir "$target" deadnix@1.3.1 >&2
    cargo install --quiet --locked --root "$tools" --target-dir "$target" --path "$here/format" >&2
}

[[ -x $tools/bin/nix-instantiate ]] || unpack_nix
[[ ${1:-} != linters || -x $tools/bin/nix-format ]] || build_linters
echo "$tools/bin"
