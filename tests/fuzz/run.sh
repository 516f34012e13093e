#!/bin/sh
# run.sh BUILD SECONDS [READER...]: runs every libFuzzer program, or those named, for so long, one after the other, from
# its own seeds, the inputs that are kept in tests/fuzz/corpus and what earlier runs found (BUILD/corpus). An input that
# a reader neither reads nor refuses lies in BUILD/findings then; the other readers still have their turn.
set -eu
build=$1
seconds=$2
shift 2
here=$(dirname "$0")
readers=${*:-safetensors checkpoint manifest legend training_config style part_file}
export UBSAN_OPTIONS="halt_on_error=1:print_stacktrace=1"

# A pause of a busy machine looks like an input that takes too long: one that is read in time alone is no finding.
was_a_pause() {
  found=$(sed -n 's/.*Test unit written to //p' "$log" | tail -n 1)
  case $found in
    */"$reader-timeout-"*) "$program" -timeout=20 "$found" > "$log.again" 2>&1 && rm "$found" ;;
    *) return 1 ;;
  esac
}

# fuzz OPTION...: until the time is over or something is found.
fuzz() {
  end=$(($(date +%s) + seconds))
  while left=$((end - $(date +%s))) && [ "$left" -gt 0 ]; do
    "$program" -max_total_time="$left" -max_len=20000 -timeout=20 -rss_limit_mb=2048 -print_final_stats=1 \
      -artifact_prefix="$build/findings/$reader-" "$@" >> "$log" 2>&1 || was_a_pause || return 1
  done
}

mkdir -p "$build/findings"
status=0
for reader in $readers; do
  program=$build/bin/fuzz_$reader
  corpus=$build/corpus/$reader
  log=$build/$reader.log
  "$program" --write-seeds="$corpus"
  set -- -dict="$here/readers.dict" "$corpus"
  if [ -d "$here/corpus/$reader" ]; then set -- "$@" "$here/corpus/$reader"; fi
  : > "$log"
  if fuzz "$@"; then
    echo "fuzz_$reader: $(awk '/number_of_executed_units/ { all += $2 } END { print all }' "$log") inputs, no finding"
  else
    tail -n 40 "$log"
    echo "fuzz_$reader: a finding; see $log" >&2
    status=1
  fi
done
exit $status
