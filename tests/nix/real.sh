#!/usr/bin/env bash
# Evaluates the flake, the example hosts and the machines of the tests with as much of the real thing as FOLDER has:
#   FOLDER/nixpkgs   a checkout of nixpkgs, with a flake.nix; or its lib/ alone, such as github:nix-community/nixpkgs.lib has it,
#                    and then the options of NixOS are those of the stub
#   FOLDER/crane     a checkout of crane; without it, the stub's
# What comes out for our units must be, byte for byte, what the stub gives. Builds nothing.
#   real.sh FOLDER
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
nixpkgs=$(realpath "$1")/nixpkgs
[[ -e $nixpkgs/lib/default.nix ]] || { echo "$nixpkgs/lib is not the library of nixpkgs" >&2; exit 1; }
command -v nix-instantiate >/dev/null || PATH=$PATH:$("$here/tools.sh")
export NIX_CONFIG='experimental-features = nix-command flakes
build-users-group ='
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
mkdir -p "$tree"/{crates,config,tests,benches}
cp -r "$root"/{flake.nix,flake.lock,Cargo.toml,Cargo.lock,clippy.toml,nixos} "$tree"
cp -r "$here" "$tree/tests/nix"
stub=$tree/tests/nix/stub

# flake NIXPKGS CRANE COMMAND…: on these two inputs.
flake() {
    local on=(--offline --no-write-lock-file --override-input nixpkgs "path:$1" --override-input crane "path:$2")
    nix "${@:3}" "${on[@]}"
}

# The units of the tests under systemd.
units() {
    nix-instantiate --eval --strict --json -E "import $tree/tests/nix/units.nix { host = import $root/tests/systemd/host.nix; }"
}

# ours NIXPKGS: our units on the example hosts, without the hashes of the store.
ours() {
    flake "$1" "$stub/crane" eval --json "path:$tree#nixosConfigurations" --apply "$(<"$here/ours.nix")" |
        sed --regexp-extended 's#(/[A-Za-z0-9._-]+)+/[a-z0-9]{32}-##g'
}

units >"$tree/by-stub"
ours "$stub" >"$tree/ours-by-stub"
cp -rL "$nixpkgs/lib" "$stub/real-lib"
echo 'import ./real-lib' >"$stub/lib.nix"
units >"$tree/by-real"
cmp "$tree/by-stub" "$tree/by-real"

crane=$(realpath "$1")/crane
[[ -e $crane/flake.nix ]] || { echo "skipped: the real crane, $crane is not there"; crane=$stub/crane; }
if [[ -e $nixpkgs/flake.nix ]]; then
    ours "$nixpkgs" >"$tree/ours-by-real"
    cmp "$tree/ours-by-stub" "$tree/ours-by-real"
else
    echo "skipped: the real options, $nixpkgs has no flake.nix"
    nixpkgs=$stub
fi
flake "$nixpkgs" "$crane" flake check --no-build --all-systems "path:$tree"
