#!/usr/bin/env bash
# The metrics, and what is made of them: the rules of config/prometheus, which promtool checks and tries, the dashboard of
# config/grafana, the runbook, and what a running service shows. The last line says how many checks passed and failed.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

program=${CARGO_TARGET_DIR:-target}/debug/fx-monitor
rules=config/prometheus/alerts.yml
board=config/grafana/fx-monitor.json
runbook=docs/OPERATIONS.md
source tests/support/checks.sh
export NO_COLOR=1

# none_in FILE: passes where nothing is in it; else that is what is wrong.
none_in() {
    [[ ! -s $1 ]] || { cat "$1"; return 1; }
}

# Every metric that some crate describes: its name and its kind.
described() {
    cat crates/*/src/metrics.rs | perl -0777 -ne 'print "$2 $1\n" while /describe_(\w+)!\(\s*"(\w+)"/g' | sort
}

# The same as a service would show them, each without a value to speak of.
as_shown() {
    cat crates/*/src/metrics.rs | perl -0777 -ne '
        while (/describe_(\w+)!\(\s*"(\w+)",\s*(?:Unit::\w+,\s*)?"([^"]*)"/g) {
            print "# HELP $2 $3\n# TYPE $2 $1\n";
            print $1 eq "histogram" ? "$2_bucket{le=\"+Inf\"} 0\n$2_sum 0\n$2_count 0\n" : "$2 0\n";
        }'
}

# Names of metrics in a text; those of a histogram's parts are its own.
named_in() {
    grep -ohE '\bfx_[a-z0-9_]+' "$@" | sed -E 's/^(.*_seconds)_(bucket|sum|count)$/\1/' | sort -u
}

# Every label in a text of PromQL: of a matcher, or behind `by`.
labels_in() {
    { grep -ohE '[a-z_]+ *(=~|!~|!=|=)\\?"' "$@" | grep -oE '^[a-z_]+'
        grep -ohE 'by \([a-z_, ]+\)' "$@" | sed 's/^by//' | grep -oE '[a-z_]+'; } | sort -u
}

# Every label that some metric has, and those that Prometheus gives.
known_labels() {
    { grep -ohE '"[a-z_]+" => ' crates/*/src/*.rs | grep -oE '[a-z_]+'
        printf '%s\n' alertname alertstate instance job le; } | sort -u
}

alerts() {
    sed -n 's/^ *- alert: //p' "$rules"
}

# Each alert has a summary, a description, a severity and a place in the runbook.
alerts_without() {
    awk -v key="$1" '
        /- (alert|record):/ { if (alert != "") print alert; alert = /- alert:/ ? $3 : "" }
        index($0, key) { alert = "" }
        END { if (alert != "") print alert }' "$rules"
}

# Every place that the rules point to, and that is none.
lost_anchors() {
    sed -nE 's/^#+ //p' "$runbook" | tr '[:upper:]' '[:lower:]' | sed -E 's/[^a-z0-9 -]//g; s/ /-/g' | sort -u >"$scratch/anchors"
    sed -nE "s|^ *runbook: $runbook#||p" "$rules" | sort -u | comm -23 - "$scratch/anchors"
    grep -E '^ *runbook:' "$rules" | grep -v "$runbook#" || true
}

# The dashboard's expressions as rules, so that promtool reads them.
as_rules() {
    jq '{groups: [{name: "dashboard", rules: [.panels[] | .targets[]?
        | {record: "a:dashboard:expression", expr: (.expr | gsub("\\$__rate_interval"; "5m") | gsub("\\$job"; ".+"))}]
        | to_entries | map(.value + {labels: {number: "\(.key)"}})}]}' "$board"
}

start_service() {
    cat >"$scratch/offline.toml" <<-'CONFIG'
		[feeds]
		order = ["kraken", "open-er-api", "ecb"]
		[feeds.kraken]
		url = "ws://127.0.0.1:9"
		[feeds.open-er-api]
		url = "http://127.0.0.1:9"
		[feeds.ecb]
		url = "http://127.0.0.1:9"
	CONFIG
    "$program" up --config "$scratch/offline.toml" --data-dir "$scratch/data" --listen 127.0.0.1:0 2>"$scratch/log" &
    service=$!
    until url=$(address) && [[ -n $url ]]; do
        kill -0 "$service" 2>/dev/null || { cat "$scratch/log"; return 1; }
        sleep 0.1
    done
    # Each part has told of itself: the rates are read, and every feed has failed, since it reaches nobody.
    local deadline=$((SECONDS + 60))
    until shows 'fx_consumer_rates_total{role="history"}' && shows 'fx_component_health{component="feed-kraken"} 1'; do
        ((SECONDS < deadline)) || { echo "not within a minute; components:"; grep health "$scratch/shown"; return 1; }
        sleep 0.1
    done
    curl -sS --fail "$url/rates" >"$scratch/rates"
    curl -sS --fail "$url/metrics" >"$scratch/shown"
}

# shows TEXT: whether it stands in what the service shows now.
shows() {
    curl -sS --fail "$url/metrics" >"$scratch/shown" && grep -qF "$1" "$scratch/shown"
}

if ! command -v promtool >/dev/null 2>&1; then
    check "there is promtool, which scripts/setup.sh test installs" false
    finish
fi
[[ -x $program ]] || cargo build --locked --package fx-monitor

check "the scrape file" promtool check config config/prometheus/prometheus.yml
check "the rules" promtool check rules --lint=all --lint-fatal "$rules"
check "what makes alerts fire" promtool test rules tests/metrics/alerts.yml
for key in "summary:" "description:" "runbook:" "severity:"; do
    alerts_without "$key" >"$scratch/lacking"
    check "alerts without $key" none_in "$scratch/lacking"
done
lost_anchors >"$scratch/lost"
check "places of the runbook that are none" none_in "$scratch/lost"
for alert in $(alerts); do
    check "the runbook names $alert" grep -qF "\`$alert\`" "$runbook"
    check "a test is about $alert" grep -qF "$alert" tests/metrics/alerts.yml
done

as_rules >"$scratch/dashboard.yml"
check "the dashboard's expressions" promtool check rules "$scratch/dashboard.yml"
jq -r '[.panels[].id] | group_by(.)[] | select(length > 1)[0]' "$board" >"$scratch/twice"
jq -r '[.panels[].title] | group_by(.)[] | select(length > 1)[0]' "$board" >>"$scratch/twice"
jq -r '[.panels[].targets[]?.expr] | group_by(.)[] | select(length > 1)[0]' "$board" >>"$scratch/twice"
check "what is twice on the dashboard" none_in "$scratch/twice"
check "the dashboard's uid and data source" jq --exit-status \
    '.uid == "fx-monitor" and ([.panels[] | select(.type != "row") | .datasource.uid, .targets[].datasource.uid] | unique == ["${datasource}"])' "$board"

described | cut -d' ' -f1 >"$scratch/described"
named_in "$rules" "$board" | comm -23 - "$scratch/described" >"$scratch/unknown"
check "metrics of rules and dashboard that do not exist" none_in "$scratch/unknown"
jq -r '.panels[].targets[]?.expr' "$board" >"$scratch/expressions"
grep -vE '^ *#' "$rules" >>"$scratch/expressions"
labels_in "$scratch/expressions" | comm -23 - <(known_labels) >"$scratch/unknown"
check "labels of rules and dashboard that do not exist" none_in "$scratch/unknown"
named_in "$board" | comm -13 - "$scratch/described" >"$scratch/missing"
check "metrics that the dashboard lacks" none_in "$scratch/missing"
named_in "$runbook" | comm -13 - "$scratch/described" >"$scratch/missing"
check "metrics that $runbook lacks" none_in "$scratch/missing"
uniq -d "$scratch/described" >"$scratch/twice"
check "metrics that are described twice" none_in "$scratch/twice"
as_shown >"$scratch/all"
check "names and texts of all metrics" promtool check metrics <"$scratch/all"

check "fx-monitor up shows its metrics" start_service
stop_service
# Of the rates that are part of the program.
check "how old a feed's rates are" grep -E '^fx_feed_newest_rate_timestamp_seconds\{source="ecb",kind="table"\} 1[0-9]{9}$' "$scratch/shown"
check "what fx-monitor up shows" promtool check metrics <"$scratch/shown"
sed -n 's/^# TYPE \([^ ]*\).*/\1/p' "$scratch/shown" | sort | comm -23 - "$scratch/described" >"$scratch/unknown"
check "metrics that are shown and not described" none_in "$scratch/unknown"

finish
