#!/usr/bin/env bash
# The study of docs/results.md: official against native gradient-penalty scaling, growing against not growing, the average against the generator itself;
# three seeds each, equal images, 32x32. Two trainings at a time, on one thread each.
#
#   tests/campaigns/study.sh [portraits | FASHION-MNIST-FOLDER] [KIMG] [OUT]
#
# Prints a line a network: condition, seed and metrics of the average and, where it grew officially (-raw), of the generator itself.
set -euo pipefail
cd "$(dirname "$0")/../.."
data=${1:-portraits} kimg=${2:-48} out=${3:-study}
pggan="dotnet $PWD/src/Host/bin/Release/net10.0/pggan.dll"
[ -n "${PGGAN:-}" ] && pggan=$PGGAN || dotnet build -c Release src/Host >/dev/null
export OMP_NUM_THREADS=1
mkdir -p "$out"

options=(--resolution 32 --total-kimg "$kimg" --metrics none --no-dashboard --out "$out")
measure=(--images 997)
if [ "$data" != portraits ]; then
    options+=(--data "$data") measure=(--images 2000 --metrics swd,frechet --features "$out/fashion.safetensors")
    [ -e "$out/fashion.safetensors" ] || $pggan train-features --data "$data" --kimg 60 --out "$out/fashion.safetensors"
fi

one() { # condition seed option...
    local name=$1-$2 seed=$2 condition=$1
    shift 2
    $pggan train "${options[@]}" --name "$name" --seed "$seed" "$@" >"$out/$name.log" 2>&1
    local run
    run=$(echo "$out"/0*-"$name")
    $pggan evaluate --network "$run" "${measure[@]}" --json >"$out/$name.json" 2>>"$out/$name.log"
    [ "$condition" != growing ] || $pggan evaluate --network "$run" "${measure[@]}" --raw --json >"$out/$name-raw.json" 2>>"$out/$name.log"
    $pggan sample --network "$run" --seeds 0-31 --grid 8x4 --out "$out/$name.png" >>"$out/$name.log" 2>&1 || true
    for of in "$out/$name"*.json; do
        echo "$(basename "$of" .json) $(sed -n 's/^ *"\(value\|swd_[0-9]*\)": \([0-9.]*\).*/\1=\2/p' "$of" | tr '\n' ' ')"
    done
}

for seed in 1 2 3; do
    one growing "$seed" &
    one native "$seed" --set penalty_scale=native &
    wait
done
one full-size 1 --set initial_resolution=32 &
one full-size 2 --set initial_resolution=32 &
wait
one full-size 3 --set initial_resolution=32
