#!/bin/sh
# Patches per second of `orthocover train` against a plain PyTorch loop with the same network, patch, batch and
# device, data loading included, in turns within one run. Needs Python with PyTorch and GDAL (Debian: python3-torch,
# python3-gdal).
#
# usage: train_speed.sh BUILD_FOLDER [ROUNDS [STEPS]]
set -eu
build=$(cd "$1" && pwd)
rounds=${2:-3}
steps=${3:-30}
root=$(cd "$(dirname "$0")/../.." && pwd)
work="$build/bench"
scene="$root/examples/banepa.tif"
patch=256
batch=8
mkdir -p "$work"
[ -f "$work/labels.tif" ] || "$build/bin/orthocover" segment --quiet --overwrite "$scene" "$work/labels.tif"

# seconds STEPS: time of a run of so many steps.
seconds() {
  "$build/bin/orthocover" train --quiet --overwrite --labels "$work/labels.tif" --legend "$root/examples/legend.json" \
    --levels 1 --bands 1,2,3 --hold-out-share 0 --patch-size $patch --batch-size $batch --steps "$1" \
    "$scene" "$work/trained" > /dev/null 2>&1
  sed -n 's/.*"seconds": *\([0-9.]*\).*/\1/p' "$work/trained.run.json"
}
round=1
while [ "$round" -le "$rounds" ]; do
  theirs=$(python3 "$root/tests/benchmarks/train_loop.py" "$scene" "$work/labels.tif" orthonet-small $patch $batch "$steps")
  short=$(seconds 2)
  long=$(seconds $((steps + 2)))
  echo "$theirs $short $long" | awk -v n="$((steps * batch))" \
    '{ printf "plain loop %.1f patches/s, orthocover %.1f patches/s, ratio %.2f\n", $1, n / ($4 - $3), n / ($4 - $3) / $1 }'
  round=$((round + 1))
done
