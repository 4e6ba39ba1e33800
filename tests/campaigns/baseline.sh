#!/usr/bin/env bash
# The paper's line of work against where it began: the preset dcgan and the preset auto, trained for the same minutes on the embedded portraits, one after the other, on
# all cores. For docs/results.md; the machine should be quiet.
#
#   tests/campaigns/baseline.sh [PIXELS] [MINUTES] [OUT]
#
# Each is given as many images as it trains in the time by its own speed in a trial of TRIAL kimg (6), so that auto is grown at its end. Prints a line a network: preset, kimg, minutes
# trained, and SWD; the grids are in OUT.
set -euo pipefail
cd "$(dirname "$0")/../.."
pixels=${1:-64} minutes=${2:-10} out=${3:-baseline}
pggan="dotnet $PWD/src/Host/bin/Release/net10.0/pggan.dll"
[ -n "${PGGAN:-}" ] && pggan=$PGGAN || dotnet build -c Release src/Host >/dev/null
mkdir -p "$out"
export LC_ALL=C # numbers with points
options=(--resolution "$pixels" --metrics none --no-dashboard --seed 1)

# Seconds a run trained, and the kimg that it got to.
field() { tail -n 1 "$1/stats.jsonl" | sed -n "s/.*\"$2\": *\([0-9.]*\).*/\1/p"; }

one() { # preset
    local preset=$1 run kimg=${TRIAL:-6}

    # A short run spends its time on all resolutions in the proportions of the long one.
    $pggan train "${options[@]}" --preset "$preset" --total-kimg "$kimg" --set snapshot_every_ticks=0 --out "$out/trial" --name "$preset" >"$out/$preset-trial.log" 2>&1
    run=$(ls -d "$out"/trial/*-"$preset" | tail -n 1)
    kimg=$(awk -v k="$kimg" -v s="$(field "$run" elapsed)" -v m="$minutes" 'BEGIN { printf "%.2f", k * m * 60 / s }')

    $pggan train "${options[@]}" --preset "$preset" --total-kimg "$kimg" --out "$out" --name "$preset" >"$out/$preset.log" 2>&1
    run=$(ls -d "$out"/[0-9]*-"$preset" | tail -n 1)
    $pggan evaluate --network "$run" --images 997 --json >"$out/$preset.json" 2>>"$out/$preset.log"
    $pggan sample --network "$run" --seeds 0-31 --grid 8x4 --out "$out/$preset.png" >>"$out/$preset.log" 2>&1
    echo "$preset kimg=$kimg minutes=$(awk -v s="$(field "$run" elapsed)" 'BEGIN { printf "%.1f", s / 60 }')" \
        "$(sed -n 's/^ *"\(value\|swd_[0-9]*\)": \([0-9.]*\).*/\1=\2/p' "$out/$preset.json" | tr '\n' ' ')"
}

one dcgan
one auto
