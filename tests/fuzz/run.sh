#!/bin/sh
# run.sh BUILD SECONDS: runs every libFuzzer program for so long, one after the other, from its own seeds, the inputs
# that are kept in tests/fuzz/corpus and what earlier runs found (BUILD/corpus). Stops at the first input that a reader
# neither reads nor refuses; the input lies in BUILD/findings then.
set -eu
build=$1
seconds=$2
here=$(dirname "$0")
mkdir -p "$build/findings"
for reader in safetensors checkpoint manifest legend training_config style; do
  program=$build/bin/fuzz_$reader
  corpus=$build/corpus/$reader
  case $reader in
    safetensors | checkpoint) dictionary=$here/weights.dict ;;
    style) dictionary=$here/style.dict ;;
    *) dictionary=$here/json.dict ;;
  esac
  "$program" --write-seeds="$corpus"
  set -- "$corpus"
  if [ -d "$here/corpus/$reader" ]; then set -- "$corpus" "$here/corpus/$reader"; fi
  "$program" -max_total_time="$seconds" -max_len=20000 -timeout=10 -rss_limit_mb=2048 -dict="$dictionary" \
    -artifact_prefix="$build/findings/$reader-" -print_final_stats=1 "$@" > "$build/$reader.log" 2>&1 ||
    { tail -n 40 "$build/$reader.log"; echo "fuzz_$reader: a finding; see $build/$reader.log" >&2; exit 1; }
  echo "fuzz_$reader: $(sed -n 's/.*number_of_executed_units: *//p' "$build/$reader.log") inputs, no finding"
done
