#!/usr/bin/env bash
# The paper's Table 1 on one's own data: each row's preset is trained and measured, one after the other, and the table is printed: SWD at each level and their mean, and
# MS-SSIM. The published numbers are of 128 px, 10,000 kimg a row (15,000 in h here) and some days of a GPU each.
#
#   tests/campaigns/table1.sh DATA|portraits [PIXELS] [KIMG|MINUTESm|full] [OUT]
#
# PIXELS is 128. With KIMG every row gets as many images and its phases are shortened in proportion; with MINUTES (as in 30m) as many as it trains in that time by its own
# speed in a trial of TRIAL kimg (2), which is not the paper's comparison, but one of equal cost; full takes the presets' own schedules. ROWS chooses
# ("a b c d e-star e f g h" is all), IMAGES is how many are measured (16384, or all there are), and OPTIONS are added to every training, as in
# OPTIONS="--device cuda --mirror --set metrics=none". A row that is measured already is not trained again, and one that was interrupted goes on.
set -euo pipefail
cd "$(dirname "$0")/../.."
data=${1:?DATA: a dataset, or portraits} pixels=${2:-128} length=${3:-full} out=${4:-table1}
rows=${ROWS:-a b c d e-star e f g h} images=${IMAGES:-16384}
pggan="dotnet $PWD/src/Host/bin/Release/net10.0/pggan.dll"
[ -n "${PGGAN:-}" ] && pggan=$PGGAN || dotnet build -c Release src/Host >/dev/null
mkdir -p "$out/trial"
export LC_ALL=C # numbers with points
read -ra added <<<"${OPTIONS:-}"
options=(--resolution "$pixels" --no-dashboard "${added[@]}")
[ "$data" = portraits ] || options+=(--data "$data")
metrics=swd
[ "$pixels" -lt 16 ] || metrics=swd,msssim

# The schedule of a row in so many kimg: the paper's phases of 800 in 10,000, shortened alike.
scaled() { # kimg
    awk -v k="$1" 'BEGIN { p = k * 0.08; printf "--total-kimg %.4f --train-kimg %.4f --fade-kimg %.4f", k, p, p }'
}

# What a run tells last of a number.
field() { tail -n 1 "$1/stats.jsonl" | sed -n "s/.*\"$2\": *\([0-9.]*\).*/\1/p"; }

run_of() { ls -d "$1"/[0-9]*-"$2" 2>/dev/null | tail -n 1 || true; }

train() { # row
    local row=$1 run kimg=$length schedule=""
    run=$(run_of "$out" "$row")
    if [ -n "$run" ]; then
        $pggan train --resume "$run" --no-dashboard >>"$out/$row.log" 2>&1
        return
    fi
    if [[ $length == *m ]]; then
        # shellcheck disable=SC2046
        $pggan train "${options[@]}" --preset "table1-$row" $(scaled "${TRIAL:-2}") --set snapshot_every_ticks=0 --out "$out/trial" --name "$row" >"$out/$row-trial.log" 2>&1
        run=$(run_of "$out/trial" "$row")
        kimg=$(awk -v k="$(field "$run" kimg)" -v s="$(field "$run" elapsed)" -v m="${length%m}" 'BEGIN { printf "%.3f", k * m * 60 / s }')
    fi
    [ "$length" = full ] || schedule=$(scaled "$kimg")
    # shellcheck disable=SC2086
    $pggan train "${options[@]}" --preset "table1-$row" $schedule --out "$out" --name "$row" >"$out/$row.log" 2>&1
}

one() { # row
    local row=$1 run
    if [ ! -s "$out/$row.json" ]; then
        train "$row" || { echo "$row: the training ended early, see $out/$row.log" >&2; return; }
        run=$(run_of "$out" "$row")
        $pggan evaluate --network "$run" --images "$images" --metrics "$metrics" --json >"$out/$row.json" 2>>"$out/$row.log" || { rm -f "$out/$row.json"; echo "$row: not measured, see $out/$row.log" >&2; return; }
        $pggan sample --network "$run" --seeds 0-31 --grid 8x4 --out "$out/$row.png" >>"$out/$row.log" 2>&1
    fi
}

# A number of a row's results by its name, rounded, or a dash; that of a metric is the first line of its object.
number() { # row name decimals
    awk -v name="\"$2\":" -v decimals="$3" '$1 == name { if ($2 == "{") getline; printf "%.*f", decimals, $2; found = 1; exit } END { if (!found) printf "-" }' "$out/$1.json"
}

levels=()
for ((level = pixels; level >= 16; level /= 2)); do levels+=("$level"); done
[ "${#levels[@]}" -gt 0 ] || levels=("$pixels")
for row in $rows; do one "$row"; done

printf '| row | kimg |'; printf ' SWD %s |' "${levels[@]}"; printf ' average | MS-SSIM |\n'
printf '|---|---|'; printf -- '---|%.0s' "${levels[@]}"; printf -- '---|---|\n'
for row in $rows; do
    [ -s "$out/$row.json" ] || { echo "| ($row) | did not end, or was not measured |"; continue; }
    printf '| (%s) | %.1f |' "$row" "$(field "$(run_of "$out" "$row")" kimg)"
    for level in "${levels[@]}"; do printf ' %s |' "$(number "$row" "swd_$level" 2)"; done
    printf ' %s | %s |\n' "$(number "$row" swd 2)" "$(number "$row" msssim 4)"
done
