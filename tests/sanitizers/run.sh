#!/bin/sh
# run.sh BUILD FILTER PROGRAM...: runs test programs that were built with sanitizers; the first report ends it.
set -eu
build=$1
filter=$2
shift 2
here=$(cd "$(dirname "$0")" && pwd)
# Libraries that keep what they made once until the process ends; none of it is made by our code.
printf 'leak:%s\n' libtorch_cpu.so libc10.so libgomp.so libproj.so libgdal.so > "$build/lsan.supp"
export ASAN_OPTIONS="abort_on_error=0:detect_stack_use_after_return=1:strict_string_checks=1"
export LSAN_OPTIONS="suppressions=$build/lsan.supp"
export UBSAN_OPTIONS="halt_on_error=1:print_stacktrace=1"
export TSAN_OPTIONS="halt_on_error=1:second_deadlock_stack=1:history_size=7:suppressions=$here/tsan.supp"
export OMP_WAIT_POLICY=PASSIVE
for program in "$@"; do
  echo "$program"
  "$build/bin/$program" --gtest_filter="$filter-*_CUDA*:FullDisk*" --gtest_brief=1
done
