#!/usr/bin/env bash
# Makes the history that is compiled into fx-producer: two years of the ECB's euro foreign exchange reference rates, as the
# ECB wrote them, without the currencies that have none in those years. The same input gives the same bytes.
#
#   scripts/bundle-ecb-history.sh [eurofxref-hist.zip]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

archive=${1:-../shared/data/daily/ecb-eurofxref-hist.zip}
first=2024-10-31
last=2026-10-30
target=crates/fx-producer/bundled/ecb-2y.csv.gz
limit_bytes=200000

days=$(mktemp)
trap 'rm -f "$days"' EXIT
unzip -p "$archive" | tr -d '\r' | awk -F, -v first="$first" -v last="$last" \
    'NR == 1 || ($1 >= first && $1 <= last)' >"$days"

mkdir -p "$(dirname "$target")"
# Twice over the same lines: first to see which columns have a figure at all, then to print those.
awk -F, '
    NR == FNR {
        for (column = 1; FNR > 1 && column <= NF; column++)
            if ($column != "" && $column != "N/A") used[column] = 1
        next
    }
    {
        line = $1
        for (column = 2; column <= NF; column++)
            if (column in used) line = line "," $column
        print line
    }
' "$days" "$days" | gzip -9n >"$target"

size=$(stat -c %s "$target")
echo "$target: $(($(zcat "$target" | wc -l) - 1)) days, $size bytes"
if ((size >= limit_bytes)); then
    echo "$target has $size bytes, expected fewer than $limit_bytes" >&2
    exit 1
fi
