#!/usr/bin/env bash
# The API as a stranger finds it: its description against the standard, and the running API against its description, by
# Schemathesis with every check. First on the embedded backends without keys, then on Kafka, PostgreSQL and Redis with keys.
# The last line says how many checks passed and failed.
#   schemathesis.sh [embedded|production]    the latter beside servers: tests/servers/with.sh
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

program=${CARGO_TARGET_DIR:-target}/debug/fx-monitor
here=tests/schemathesis
# Longer than all of it takes.
deadline=600s
source tests/support/checks.sh
export NO_COLOR=1

# Both, each by this script itself, and what they count together.
both() {
    local last
    for backends in embedded production; do
        local beside=()
        [[ $backends == embedded ]] || beside=(tests/servers/with.sh)
        "${beside[@]}" "$here.sh" "$backends" | tee "$scratch/$backends" || true
        last=$(tail -n 1 "$scratch/$backends")
        if [[ $last =~ ^([0-9]+)\ passed,\ ([0-9]+)\ failed$ ]]; then
            passed=$((passed + BASH_REMATCH[1]))
            failed=$((failed + BASH_REMATCH[2]))
        else
            echo "FAILED  the $backends backends were not looked at to the end"
            failed=$((failed + 1))
        fi
    done
    finish
}

# Feeds that lead nowhere: only what comes with the program is shown.
configure() {
    cat <<-CONFIG
		data_dir = "$scratch/data"
		[feeds]
		order = ["ecb"]
		[feeds.ecb]
		url = "http://127.0.0.1:9"
	CONFIG
    [[ $1 == production ]] || return 0
    cat <<-CONFIG
		[stream]
		backend = "kafka"
		[stream.kafka]
		brokers = ["$FX_TEST_KAFKA"]
		prefix = "schemathesis-$$-"
		[store]
		backend = "postgresql"
		[store.postgresql]
		host = "${FX_TEST_POSTGRES%:*}"
		port = ${FX_TEST_POSTGRES##*:}
		user = "postgres"
		database = "postgres"
		schema = "schemathesis_$$"
		[cache]
		backend = "redis"
		[cache.redis]
		host = "${FX_TEST_REDIS%:*}"
		port = ${FX_TEST_REDIS##*:}
		prefix = "schemathesis-$$:"
		[api]
		keys_file = "$scratch/keys"
		requests_per_address = 100000
	CONFIG
}

start_service() {
    configure "$1" >"$scratch/config.toml"
    key=()
    if [[ $1 == production ]]; then
        "$program" keys new --name schemathesis --scope admin --rate 10000/s --file "$scratch/keys" --output json >"$scratch/key"
        key=(--header "Authorization: Bearer $(jq -r .key "$scratch/key")")
        "$program" provision --config "$scratch/config.toml" >"$scratch/provisioned"
    fi
    "$program" up --config "$scratch/config.toml" --listen 127.0.0.1:0 2>"$scratch/log" &
    service=$!
    local until=$((SECONDS + 120))
    until url=$(address) && [[ -n $url ]] \
        && curl -sS --fail "${key[@]}" "$url/rates" 2>/dev/null | jq --exit-status '.count == 36' >/dev/null; do
        kill -0 "$service" 2>/dev/null && ((SECONDS < until)) || { cat "$scratch/log"; return 1; }
        sleep 0.1
    done
    curl -sS --fail "$url/openapi.json" >"$scratch/openapi.json"
}

# What /docs loads is here: no address of another host.
loads_nothing_else() {
    local path
    for path in /docs /docs/docs.js /docs/swagger-ui.css /dashboard; do
        curl -sS --fail "$url$path" >"$scratch/page" || return 1
        if grep -noE '(src|href)="(https?:)?//[^"]*|@import[^;]*|url\((https?:)?//[^)]*' "$scratch/page"; then
            echo "in $path"
            return 1
        fi
    done
}

# It keeps what it has found where it runs.
schemathesis() {
    local config=$PWD/$here/schemathesis.toml
    (cd "$scratch" && timeout -k 10s "$deadline" "$(dirname "$python")/st" --config-file "$config" run "$url/openapi.json" \
        --checks all "${key[@]}") >"$scratch/report" 2>&1
}

[[ -x $program ]] || cargo build --locked --package fx-monitor
[[ $# -gt 0 ]] || both
python=$(tests/servers/python/prepare.sh "$here/requirements.txt")

check "fx-monitor up on the $1 backends" start_service "$1"
check "the description is OpenAPI 3.1" "$python" -m openapi_spec_validator "$scratch/openapi.json"
check "the documentation loads from no other host" loads_nothing_else
status=0
schemathesis || status=$?
for phase in Examples Coverage Fuzzing Stateful; do
    check "Schemathesis on the $1 backends: $phase" grep -qE "✅ +$phase" "$scratch/report"
done
check "Schemathesis on the $1 backends" test "$status" -eq 0
((status == 0)) || sed -n '/= FAILURES =/,$p; /= ERRORS =/,$p' "$scratch/report"
check "the service goes on" curl -sS --fail "$url/health/live"
stop_service
check "a mistake of the program or a panic in its log" bash -c '! grep -E " ERROR |panicked" "$1"' _ "$scratch/log"
finish
