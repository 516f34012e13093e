#!/bin/sh
# run.sh BUILD SECONDS [READER...]: runs every libFuzzer program, or those named, for so long, one after the other, from
# its own seeds, the inputs that are kept in tests/fuzz/corpus and what earlier runs found (BUILD/corpus). An input that
# a reader neither reads nor refuses lies in BUILD/findings then; the other readers still have their turn. Time is that of
# the clock: what takes a minute is a finding, so that a busy machine makes none.
set -eu
build=$1
seconds=$2
shift 2
here=$(dirname "$0")
readers=${*:-safetensors checkpoint manifest legend training_config style part_file}
mkdir -p "$build/findings"
export UBSAN_OPTIONS="halt_on_error=1:print_stacktrace=1"
status=0
for reader in $readers; do
  program=$build/bin/fuzz_$reader
  corpus=$build/corpus/$reader
  case $reader in
    safetensors | checkpoint) dictionary=-dict=$here/weights.dict ;;
    style) dictionary=-dict=$here/style.dict ;;
    part_file) dictionary= ;;
    *) dictionary=-dict=$here/json.dict ;;
  esac
  "$program" --write-seeds="$corpus"
  set -- "$corpus"
  if [ -d "$here/corpus/$reader" ]; then set -- "$corpus" "$here/corpus/$reader"; fi
  if "$program" -max_total_time="$seconds" -max_len=20000 -timeout=60 -rss_limit_mb=2048 $dictionary \
    -artifact_prefix="$build/findings/$reader-" -print_final_stats=1 "$@" > "$build/$reader.log" 2>&1; then
    echo "fuzz_$reader: $(sed -n 's/.*number_of_executed_units: *//p' "$build/$reader.log") inputs, no finding"
  else
    tail -n 40 "$build/$reader.log"
    echo "fuzz_$reader: a finding; see $build/$reader.log" >&2
    status=1
  fi
done
exit $status
