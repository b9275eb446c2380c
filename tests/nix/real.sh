#!/usr/bin/env bash
# Evaluates the module, the example hosts and the machines of the tests with the real module system: FOLDER/lib is `lib` of
# nixpkgs, such as github:nix-community/nixpkgs.lib has it. The options of NixOS itself are still those of the stub. What comes
# out must be, byte for byte, what the stub's module system gives.
#   real.sh FOLDER
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
inputs=$(realpath "$1")
[[ -e $inputs/lib/default.nix ]] || { echo "$inputs/lib is not the library of nixpkgs" >&2; exit 1; }
command -v nix-instantiate >/dev/null || PATH=$PATH:$("$here/tools.sh")
export NIX_CONFIG='experimental-features = nix-command flakes
build-users-group ='
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT

evaluate() {
    nix-instantiate --eval --strict --json -E "import $tree/tests/nix/units.nix { host = import $root/tests/systemd/host.nix; }"
}

mkdir -p "$tree"/{crates,config,tests,benches}
cp -r "$root"/{flake.nix,flake.lock,Cargo.toml,Cargo.lock,clippy.toml,nixos} "$tree"
cp -r "$here" "$tree/tests/nix"
evaluate >"$tree/by-stub"
cp -r "$inputs/lib" "$tree/tests/nix/stub/real-lib"
echo 'import ./real-lib' >"$tree/tests/nix/stub/lib.nix"
evaluate >"$tree/by-real"
cmp "$tree/by-stub" "$tree/by-real"
nix flake check --offline --no-write-lock-file --override-input nixpkgs "path:$tree/tests/nix/stub" \
    --override-input crane "path:$tree/tests/nix/stub/crane" --no-build --all-systems "path:$tree"
