#!/bin/sh
# The README's worked example: the sample orthophoto becomes a land-cover map, polygons and a picture.
#
# usage: demo.sh PROGRAM OUTPUT_FOLDER
set -eu
program=$1
out=$2
here=$(dirname "$0")
mkdir -p "$out"
"$program" segment --overwrite --vector "$out/map.gpkg" --picture "$out/map.png" "$here/banepa.tif" "$out/map.tif"
echo "made from $here/banepa.tif:"
for file in map.tif map.qml map.gpkg map.png map.tif.run.json; do ls -l "$out/$file" | awk -v f="$out/$file" '{printf "  %-28s %9d bytes\n", f, $5}'; done
