# Of the scripts that check: counting, a scratch folder, and a service that is gone in the end. To be sourced.
# shellcheck shell=bash

passed=0
failed=0
service=
scratch=$(mktemp -d)
trap 'stop_service; rm -rf "$scratch"' EXIT

# check WHAT COMMAND…: the command must succeed; its output is shown where it fails.
check() {
    local what=$1
    shift
    if "$@" >"$scratch/output" 2>&1; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "FAILED  $what"
        cat "$scratch/output"
    fi
}

# The last line, and the end.
finish() {
    echo "$passed passed, $failed failed"
    ((failed == 0))
    exit
}

# Where the service listens, by its log; nothing as long as it does not.
address() {
    sed -n 's/.*listening address=\([^ ]*\).*/http:\/\/\1/p' "$scratch/log"
}

stop_service() {
    [[ -n $service ]] || return 0
    kill "$service" 2>/dev/null || true
    wait "$service" 2>/dev/null || true
    service=
}
