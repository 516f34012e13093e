#!/bin/sh
# run_desktop.sh PROGRAM PLUGIN OPTIONS_LIBRARY SYSTEM_PLUGINS PICTURES: the plugin in a real QGIS desktop on a screen of
# its own, with an empty home. What was seen is compared with expected.txt; pictures of each step stay in PICTURES.
# Ends with 77, which means skipped, when Xvfb or QGIS is missing.
set -eu
program=$(realpath "$1") plugin=$(realpath "$2") options=$(realpath "$3") system_plugins=$4 pictures=$5
here=$(realpath "$(dirname "$0")")

skip() {
  echo "skipped: $1"
  exit 77
}
command -v Xvfb >/dev/null || skip "Xvfb is not installed (package xvfb)"
command -v qgis.bin >/dev/null || command -v qgis >/dev/null || skip "QGIS is not installed (package qgis)"
qgis=$(command -v qgis.bin || command -v qgis)
case $("$qgis" --version 2>/dev/null) in QGIS*) ;; *) skip "$qgis does not start" ;; esac

work=$(mktemp -d)
screen=
clean_up() {
  [ -z "$screen" ] || kill "$screen" 2>/dev/null || true
  rm -rf "$work"
}
trap clean_up EXIT
trap 'exit 1' INT TERM

# Xvfb chooses a free display and tells it.
Xvfb -displayfd 3 -screen 0 1500x1000x24 -nolisten tcp 3>"$work/display" 2>"$work/xvfb.log" &
screen=$!
for _ in $(seq 100); do
  [ -s "$work/display" ] && break
  sleep 0.1
done
[ -s "$work/display" ] || { cat "$work/xvfb.log"; echo "failed: Xvfb did not start"; exit 1; }

sh "$here/../make_prefix.sh" "$work/prefix" "$system_plugins" "$plugin" "$program"
mkdir -p "$work/prefix/lib/qgis/orthocover" "$work/home" "$work/runtime" "$pictures"
cp "$options" "$work/prefix/lib/qgis/orthocover/"
chmod 700 "$work/runtime"
rm -f "$pictures"/*.png "$pictures"/*.log

status=0
env -u QT_QPA_PLATFORM -u ORTHOCOVER_PROGRAM DISPLAY=":$(cat "$work/display")" HOME="$work/home" \
  XDG_RUNTIME_DIR="$work/runtime" LANG=C.UTF-8 LC_ALL=C.UTF-8 OMP_WAIT_POLICY=PASSIVE \
  QGIS_PREFIX_PATH="$work/prefix" PYTHONDONTWRITEBYTECODE=1 \
  DESKTOP_TEST_STEPS="$here" DESKTOP_TEST_PICTURES="$(realpath "$pictures")" DESKTOP_TEST_FOLDER="$work/out" \
  DESKTOP_TEST_SCENE="$(realpath "$here/../../../examples/banepa.tif")" \
  timeout --kill-after=10 "${DESKTOP_TEST_SECONDS:-300}" \
  "$qgis" --nologo --noversioncheck --code "$here/startup.py" >"$pictures/qgis.log" 2>&1 || status=$?

[ "$status" = 0 ] || { tail -30 "$pictures/qgis.log"; echo "failed: QGIS ended with code $status"; }
diff -u "$here/expected.txt" "$pictures/steps.log" || { echo "failed: the steps differ from expected.txt"; exit 1; }
exit "$status"
