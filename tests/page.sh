#!/usr/bin/env bash
# The live page: its unit tests, and the page itself in a headless browser against the real service. Reaches no address but
# this machine's own. The last line says how many checks passed and failed.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

program=${CARGO_TARGET_DIR:-target}/debug/fx-monitor
# The script has its own deadline; this one is for a script that is stuck.
deadline=300s
passed=0
failed=0
output=$(mktemp)
trap 'rm -f "$output"' EXIT

finish() {
    echo "$passed passed, $failed failed"
    ((failed == 0))
    exit
}

fail() {
    echo "FAILED  $1"
    failed=$((failed + 1))
}

first_of() {
    local name
    for name in "$@"; do
        command -v "$name" && return
    done
    return 1
}

# number NAME: the figure in a line `# NAME 12` of TAP.
number() {
    awk -v name="$1" '$1 == "#" && $2 == name { sum += $3 } END { print sum + 0 }' "$output"
}

unit_tests() {
    local status=0
    timeout "$deadline" node --test --test-reporter=tap crates/fx-api/page/tests/*.test.js >"$output" 2>&1 || status=$?
    passed=$((passed + $(number pass)))
    failed=$((failed + $(number fail)))
    ((status == 0)) && return
    cat "$output"
    (($(number fail) > 0)) || fail "the page's unit tests ended with $status"
}

# browser_tests CHROMIUM NODE_MODULES PICTURES
browser_tests() {
    local status=0 last
    timeout -k 10s "$deadline" node tests/page.mjs "$program" "$@" | tee "$output" || status=${PIPESTATUS[0]}
    last=$(tail -n 1 "$output")
    if [[ $last =~ ^([0-9]+)\ passed,\ ([0-9]+)\ failed$ ]]; then
        passed=$((passed + BASH_REMATCH[1]))
        failed=$((failed + BASH_REMATCH[2]))
        ((status == 0 || BASH_REMATCH[2] > 0)) || fail "the browser's checks ended with $status"
    else
        fail "the browser's checks ended with $status before they were done"
    fi
}

[[ -x $program ]] || cargo build --locked --package fx-monitor

if ! command -v node >/dev/null 2>&1; then
    echo "skipped: the page's unit tests, there is no node"
    fail "the page cannot be looked at without node: scripts/setup.sh test installs it"
    finish
fi
unit_tests
if ! modules=$(tests/servers/node/prepare.sh); then
    fail "the page cannot be looked over without npm: scripts/setup.sh test installs it"
    finish
fi
pictures=${CARGO_TARGET_DIR:-target}/page-shots
if chromium=$(first_of chromium chromium-browser google-chrome); then
    browser_tests "$chromium" "$modules" "$pictures"
    echo "pictures of the page in both themes are in $pictures"
else
    fail "the page cannot be looked at without chromium: scripts/setup.sh test installs it"
fi
finish
