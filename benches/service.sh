#!/usr/bin/env bash
# The running service, measured from outside: first answer, a replay of the ECB's whole history from end to end, memory,
# and GET /rates under load. Prints `name value unit` lines.
set -euo pipefail

cd "$(dirname "$0")/.."
recording=../shared/data/daily/ecb-eurofxref-hist.zip
program=target/release/fx-monitor
scratch=$(mktemp -d)
pid=

finish() {
    [[ -z $pid ]] || kill -9 "$pid" 2>/dev/null || true
    rm -rf "$scratch"
}
trap finish EXIT

now() { echo "${EPOCHREALTIME/./}"; }
seconds_since() { awk -v us=$(($(now) - $1)) 'BEGIN { printf "%.3f", us / 1e6 }'; }
figure() { printf '%s %s %s\n' "$1" "$2" "$3"; }

# start ARG…: runs the service in the background; `url` is its address, `begun` when it was executed.
start() {
    : >"$scratch/log"
    begun=$(now)
    "$program" up --listen 127.0.0.1:0 "$@" 2>"$scratch/log" &
    pid=$!
    until url=$(sed -n 's/.*listening address=\([^ ]*\).*/http:\/\/\1/p' "$scratch/log") && [[ -n $url ]]; do
        kill -0 "$pid" || { cat "$scratch/log" >&2; exit 1; }
    done
}

stop() {
    kill -TERM "$pid"
    wait "$pid" || true
    pid=
}

# answers JQ PATH: whether the answer to PATH makes the filter true.
answers() { curl -sf "$url$2" | jq -e "$1" >/dev/null 2>&1; }

cargo build --release --locked --quiet --package fx-monitor
export NO_COLOR=1

# Feeds that lead nowhere: only what comes with the program is shown.
cat >"$scratch/offline.toml" <<'END'
[feeds]
order = ["ecb"]
[feeds.ecb]
url = "http://127.0.0.1:9"
END

start --config "$scratch/offline.toml" --data-dir "$scratch/first"
until answers 'true' /; do :; done
figure first_answer "$(seconds_since "$begun")" s
until answers '.count == 36 and all(.rates[]; .source_ts == "2026-10-30T15:00:00Z")' /rates; do :; done
figure first_start_36_pairs "$(seconds_since "$begun")" s
stop

if [[ ! -e $recording ]]; then
    echo "skipped: recorded data $recording is not here" >&2
    exit 0
fi

start --data-dir "$scratch/replay" --replay "$recording" --speed max
# A look costs little, so that it does not take from what is measured.
for pair in CNYINR EURUSD USDJPY; do
    until curl -sf "$url/rates/$pair/history?order=desc&limit=1" | grep -q '"source_ts":"2026-10-30T15:00:00Z"'; do
        sleep 0.05
    done
done
took=$(seconds_since "$begun")
rows=$(curl -sf "$url/metrics" | sed -n 's/^fx_consumer_rates_total{role="history"} //p')
figure replay_stored_rates "$rows" rows
figure replay_end_to_end "$took" s
figure replay_rate "$(awk -v rows="$rows" -v took="$took" 'BEGIN { printf "%.0f", rows / took }')" rows/s
figure memory_after_replay "$(awk '/^Pss:/ { printf "%.1f", $2 / 1024 }' "/proc/$pid/smaps_rollup")" MiB
figure data_file "$(du -m --apparent-size "$scratch/replay/fx-monitor.db" | cut -f1)" MiB

wrk -t1 -c32 -d2s "$url/rates" >/dev/null
wrk -t1 -c32 -d10s --latency "$url/rates" >"$scratch/wrk"
# wrk prints 950.00us, 1.20ms or 1.00s.
latency() {
    awk -v q="$1" '$1 == q { v = $2; if (v ~ /us$/) f = 0.001; else if (v ~ /ms$/) f = 1; else f = 1000; printf "%.3f", v * f }' \
        "$scratch/wrk"
}
figure get_rates_p50 "$(latency 50%)" ms
figure get_rates_p99 "$(latency 99%)" ms
figure get_rates_throughput "$(awk '/^Requests\/sec/ { print $2 }' "$scratch/wrk")" requests/s
figure memory_after_load "$(awk '/^Pss:/ { printf "%.1f", $2 / 1024 }' "/proc/$pid/smaps_rollup")" MiB
stop
