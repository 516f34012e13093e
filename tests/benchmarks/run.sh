#!/bin/sh
# All benchmarks: speed of single steps, overhead of the pipeline, memory against the scene's size.
#
# usage: run.sh BUILD_FOLDER
set -eu
build=$(cd "$1" && pwd)
root=$(cd "$(dirname "$0")/../.." && pwd)
work="$build/bench"
model="$root/models/orthonet-small-landcover"
mkdir -p "$work"

# mosaic SIDE FILE: the sample (2048 px) laid side by side, as a JPEG GeoTIFF with an internal mask.
mosaic() {
  n=$(($1 / 2048))
  [ -f "$2" ] && return
  {
    echo "<VRTDataset rasterXSize=\"$1\" rasterYSize=\"$1\">"
    gdalinfo -wkt_format WKT1 "$root/examples/banepa.tif" | sed -n '/^PROJCS\[/,/^Data axis/p' | sed '$d' |
      sed 's/"/\&quot;/g; 1s/^/<SRS>/; $s/$/<\/SRS>/'
    echo "<GeoTransform>9522066.3616, 0.0746455354, 0, 3202099.9889, 0, -0.0746455354</GeoTransform>"
    for band in 1 2 3; do
      echo "<VRTRasterBand dataType=\"Byte\" band=\"$band\">"
      row=0
      while [ $row -lt "$n" ]; do
        col=0
        while [ $col -lt "$n" ]; do
          echo "<SimpleSource><SourceFilename>$root/examples/banepa.tif</SourceFilename><SourceBand>$band</SourceBand>"
          echo "<SrcRect xOff=\"0\" yOff=\"0\" xSize=\"2048\" ySize=\"2048\"/>"
          echo "<DstRect xOff=\"$((col * 2048))\" yOff=\"$((row * 2048))\" xSize=\"2048\" ySize=\"2048\"/></SimpleSource>"
          col=$((col + 1))
        done
        row=$((row + 1))
      done
      echo "</VRTRasterBand>"
    done
    echo "</VRTDataset>"
  } > "$2.vrt"
  gdal_translate -q -co COMPRESS=JPEG -co PHOTOMETRIC=YCBCR -co TILED=YES -co BLOCKXSIZE=512 -co BLOCKYSIZE=512 \
    "$2.vrt" "$2"
}

echo "== single steps"
"$build/bin/kernel_benchmark" --benchmark_min_time=0.5

echo "== pipeline against bare forward passes, 4096 x 4096 px"
mosaic 4096 "$work/scene_4096.tif"
"$build/bin/segment_benchmark" "$work/scene_4096.tif" "$model" "$work" 3

echo "== peak memory against the scene's size"
mosaic 16384 "$work/scene_16384.tif"
for side in 4096 16384; do
  "$build/bin/orthocover" segment --quiet --overwrite "$work/scene_$side.tif" "$work/map_$side.tif"
  bytes=$(sed -n 's/.*"peak_memory_bytes": *\([0-9]*\).*/\1/p' "$work/map_$side.tif.run.json")
  echo "$side x $side px: $((bytes / 1048576)) MiB"
done

echo "== polygons against GDALPolygonize, 8192 x 8192 px"
"$build/bin/vectorize_benchmark" 8192 "$work"
