#!/usr/bin/env bash
# The flake and the module, as far as they can be looked at without nixpkgs: on a stub of its library (tests/nix/stub), and on
# as much of the real one as FX_NIX_INPUTS has (tests/nix/real.sh). Mistakes are put in on purpose, and must be found. Builds
# nothing. The last line says how many checks passed and failed.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

tools=$(tests/nix/tools.sh linters)
export PATH=$tools:$PATH
export NIX_CONFIG='experimental-features = nix-command flakes
build-users-group ='
source tests/support/checks.sh
# Nix keeps what it evaluates here, and is given no say over the host's store.
export NIX_STORE_DIR=$scratch/store NIX_STATE_DIR=$scratch/state NIX_LOG_DIR=$scratch/log NIX_LOCALSTATE_DIR=$scratch/var XDG_CACHE_HOME=$scratch/cache

evaluate() {
    nix-instantiate --eval --strict --json -E "import $1/tests/nix/units.nix { ${2:-} }"
}

flake() {
    local on=(--offline --no-write-lock-file --override-input nixpkgs "path:$1/tests/nix/stub"
        --override-input crane "path:$1/tests/nix/stub/crane")
    nix flake check "${on[@]}" --no-build --all-systems "path:$1"
}

# What the flake reads, without the rest of the tree.
copy() {
    mkdir -p "$1/crates" "$1/config" "$1/tests" "$1/benches"
    cp -r flake.nix flake.lock Cargo.toml Cargo.lock clippy.toml nixos "$1"
    cp -r tests/nix "$1/tests/nix"
}

# mistake WHAT FILE FROM TO: with the text FROM changed to TO, an evaluation must fail.
mistake() {
    local what=$1 file=$2 from=$3 to=$4 tree=$scratch/mistake
    rm -rf "$tree"
    copy "$tree"
    grep -qF -- "$from" "$tree/$file" || {
        check "$file has no more: $from" false
        return
    }
    python3 - "$tree/$file" "$from" "$to" <<'PY'
import pathlib, sys
path, wrong, right = pathlib.Path(sys.argv[1]), sys.argv[3], sys.argv[2]
path.write_text(path.read_text().replace(right, wrong, 1))
PY
    if evaluate "$tree" >"$scratch/output" 2>&1 && flake "$tree" >"$scratch/output" 2>&1; then
        check "unnoticed: $what" false
    else
        passed=$((passed + 1))
    fi
}

# refused WHAT TEXT SETTINGS: such a host must be refused, with this text.
refused() {
    if evaluate "$PWD" "host = { $3 };" >"$scratch/refusal" 2>&1; then
        check "not refused: $1" false
    else
        check "refused without saying what to type: $1" grep -qF -- "$2" "$scratch/refusal"
    fi
}

files=(flake.nix)
while IFS= read -r file; do files+=("$file"); done < <(find nixos tests/nix -name '*.nix' | sort)
for file in "${files[@]}"; do check "$file parses" nix-instantiate --parse "$file"; done
check "nothing is unused" deadnix --fail "${files[@]}"
check "all is formatted" nix-format "${files[@]}"
check "the units are evaluated" evaluate "$PWD"
copy "$scratch/tree"
check "nix flake check" flake "$scratch/tree"

mistake "a function of lib that is not there" nixos/module.nix "lib.mkMerge" "lib.mkMarge"
mistake "an option of NixOS that is not there" nixos/redis.nix "services.redis.servers.fx-monitor" "services.redis.server.fx-monitor"
mistake "an option below one" nixos/kafka.nix "formatLogDirs" "formatLogDir"
mistake "an option of our own that is not there" nixos/example.nix "credentials.open" "credential.open"
mistake "a value of the wrong type" nixos/postgresql.nix "ensureDatabases = [name]" "ensureDatabases = name"
mistake "an attribute of a unit" nixos/units.nix "    partOf = [" "    partof = ["
mistake "a unit that nobody has" nixos/units.nix '"network-online.target"' '"network-onlin.target"'
mistake "a role that is not there" nixos/examples/several.nix '"alert-engine"' '"alerts"'
mistake "a package that is not there" flake.nix "pkgs.alejandra" "pkgs.alejandro"
mistake "an argument that crane does not know" nixos/packages/programs.nix "cargoExtraArgs" "cargoExtraArg"
mistake "something done where it is not enabled" nixos/postgresql.nix "mkIf cfg.enable" "mkIf true"
mistake "an input that the packages lack" nixos/packages/kibana.nix "autoPatchelfHook" "autoPatchHook"

refused "no broker" 'kafka.brokers = [ "kafka-1:9092" ]' "kafka.enable = false;"
refused "no database" 'postgresql.host = "db.example.org"' "postgresql.enable = false;"
refused "no Redis" 'redis.host = "redis.example.org"' "redis.enable = false;"
refused "no Elasticsearch" 'settings.index.backend = "none"' "elasticsearch.enable = false;"
refused "no Kibana" 'settings.kibana.enabled = false' "kibana.enable = false;"
refused "an embedded log" 'set it to "kafka"' 'settings.stream.backend = "embedded";'
refused "a credential that nobody hands over" 'credentials = { postgresql = "/run/secrets/postgresql"; }' \
    "settings.store.postgresql.password_file = \"\\\$CREDENTIALS_DIRECTORY/postgresql\";"
refused "a secret in the store" 'credentials.key lies in the Nix store' \
    'credentials.key = "${builtins.storeDir}/00000000000000000000000000000000-key";'

refused "keys in the store" 'keysFile lies in the Nix store' 'keysFile = "${builtins.storeDir}/00000000000000000000000000000000-keys";'

# has WHAT SETTINGS EXPRESSION: of such a host, EXPRESSION over what tests/nix/units.nix gives must be true.
has() {
    check "$1" test "$(nix-instantiate --eval --strict -E "let it = import $PWD/tests/nix/units.nix { host = { $2 }; }; in $3")" = true
}
has "only the API is given its keys" 'keysFile = "/var/lib/keys.toml";' '
    builtins.elem "api-keys:/var/lib/keys.toml" it.services.fx-api.serviceConfig.LoadCredential
    && !(builtins.elem "api-keys:/var/lib/keys.toml" it.services.fx-consumer.serviceConfig.LoadCredential)
    && it.settings.api.keys_file == "$CREDENTIALS_DIRECTORY/api-keys"'
has "it is given them again when they change" 'keysFile = "/var/lib/keys.toml";' '
    it.paths.fx-api-keys.pathConfig.PathChanged == "/var/lib/keys.toml" && it.services ? fx-api-keys'
has "without keys nothing waits for them" "" '!(it.services ? fx-api-keys) && it.paths == { }'

if [[ -n ${FX_NIX_INPUTS:-} ]]; then
    check "the real nixpkgs takes it" tests/nix/real.sh "$FX_NIX_INPUTS"
    grep '^skipped' "$scratch/output" || true
else
    echo "skipped: the real nixpkgs, FX_NIX_INPUTS names no folder with it (tests/nix/real.sh says what is in it)"
fi
finish
