#!/usr/bin/env bash
# Ingests 100,000, 500,000 and 2,000,000 grey images of 4x4 random pixels, each into a zip and a store, and prints the peak of resident memory, what an image more takes of
# it, and images a second. The source is an IDX file, which itself is in memory with 16 bytes an image. On two busy cores the stores took two minutes,
# and the zip of 500,000 images 25: PNGs are what takes time.
#
#   FORMATS="zip store" tests/campaigns/ingest-memory.sh [COUNT ...]
set -euo pipefail
cd "$(dirname "$0")/../.."
counts=("$@")
[ ${#counts[@]} -gt 0 ] || counts=(100000 500000 2000000)
pggan="dotnet $PWD/src/Host/bin/Release/net10.0/pggan.dll"
[ -n "${PGGAN:-}" ] && pggan=$PGGAN || dotnet build -c Release src/Host >/dev/null
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
export LC_ALL=C

# Four bytes, the highest first.
word() { printf "\\x$(printf '%02x' $(($1 >> 24 & 255)))\\x$(printf '%02x' $(($1 >> 16 & 255)))\\x$(printf '%02x' $(($1 >> 8 & 255)))\\x$(printf '%02x' $(($1 & 255)))"; }

for format in ${FORMATS:-zip store}; do
    before=
    for count in "${counts[@]}"; do
        source=$folder/train-images-idx3-ubyte
        { word 2051; word "$count"; word 4; word 4; head -c $((16 * count)) /dev/urandom; } >"$source"
        started=$(date +%s.%N)
        $pggan ingest "$source" "$folder/out.$format" --size 4 --channels 1 --overwrite >"$folder/log" 2>&1 &
        process=$! peak=0
        while now=$(sed -n 's/^VmHWM:[[:space:]]*\([0-9]*\) kB/\1/p' "/proc/$process/status" 2>/dev/null) && [ -n "$now" ]; do
            peak=$now
            sleep 0.1
        done
        wait "$process" || { cat "$folder/log"; exit 1; }
        awk -v f="$format" -v n="$count" -v kb="$peak" -v s="$started" -v e="$(date +%s.%N)" -v b="$before" 'BEGIN {
            split(b, last, " ")
            printf "%-5s %8d images  %5d MiB peak  %s  %6.0f images/s\n", f, n, kb / 1024, b == "" ? "              " : sprintf("%5.0f bytes more", (kb - last[2]) * 1024 / (n - last[1])), n / (e - s)
        }'
        before="$count $peak"
    done
done
