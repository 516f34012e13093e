#!/bin/sh
# All benchmarks: speed of single steps, what the pipeline adds to the network, memory against the scene's size.
# The pipeline's figures go to BUILD_FOLDER/bench/results.json and stages.svg, and as a Markdown table to standard output.
#
# usage: run.sh BUILD_FOLDER [pipeline|growth]   all but growth if nothing is named
#   pipeline  only the pipeline's figures
#   growth    16 Mpx to 1 Gpx through the shipped model: minutes on two cores
# DEVICES="cpu cuda" and THREADS="1 2" say where and with how many threads.
set -eu
build=$(cd "$1" && pwd)
root=$(cd "$(dirname "$0")/../.." && pwd)
work="$build/bench"
model="$root/models/orthonet-small-landcover"
part=${2:-all}
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

# scene SIDE_X SIDE_Y FILE: a part of the mosaic of 8192 px.
part_of_mosaic() {
  [ -f "$3" ] && return
  mosaic 8192 "$work/scene_8192.tif"
  gdal_translate -q -srcwin 0 0 "$1" "$2" -co COMPRESS=JPEG -co PHOTOMETRIC=YCBCR -co TILED=YES -co BLOCKXSIZE=512 \
    -co BLOCKYSIZE=512 "$work/scene_8192.tif" "$3"
}

# measure NAME MODEL SCENE LEVELS ROUNDS DEVICE THREADS [OPTION...]
measure() {
  name=$1 model_of=$2 scene=$3 levels=$4 rounds=$5 device=$6 threads=$7
  shift 7
  "$build/bin/segment_benchmark" "$scene" "$model_of" "$work" "$rounds" "$device" --levels "$levels" \
    --threads "$threads" --name "$name" --json "$work/results.jsonl" "$@"
}

pipeline() {
  : > "$work/results.jsonl"
  part_of_mosaic 6000 4000 "$work/scene_6000x4000.tif"
  mosaic 4096 "$work/scene_4096.tif"
  for device in ${DEVICES:-cpu}; do
    small="$work/scene_4096.tif"
    [ "$device" = cpu ] || { mosaic 16384 "$work/scene_16384.tif"; small="$work/scene_16384.tif"; }
    for threads in ${THREADS:-1 2}; do
      for levels in 1 1,2,4; do
        measure orthonet-small "$model" "$small" $levels 3 "$device" "$threads"
        measure deeplabv3plus-efficientnet-b5 random:deeplabv3plus-efficientnet-b5 "$work/scene_4096.tif" $levels 1 \
          "$device" "$threads"
        # 176 tiles of 512 px are what a plugin with 25 % overlap computes of this scene.
        measure deeplabv3plus-resnet34 random:deeplabv3plus-resnet34 "$work/scene_6000x4000.tif" $levels 1 "$device" \
          "$threads" --tiles 176
      done
    done
  done
  "$build/bin/benchmark_report" "$work/results.jsonl" "$work/results.json" "$work/stages.svg"
}

# What `segment` takes of time and memory, as its run record tells.
growth() {
  for side in $1; do
    mosaic "$side" "$work/scene_$side.tif"
    start=$(date +%s)
    "$build/bin/orthocover" segment --quiet --overwrite "$work/scene_$side.tif" "$work/map_$side.tif"
    seconds=$(($(date +%s) - start))
    bytes=$(sed -n 's/.*"peak_memory_bytes": *\([0-9]*\).*/\1/p' "$work/map_$side.tif.run.json")
    echo "$side x $side px: $seconds s, $((bytes / 1048576)) MiB"
  done
}

case $part in
  pipeline) pipeline; exit ;;
  growth) growth "4096 8192 16384 32768"; exit ;;
esac

echo "== single steps"
"$build/bin/kernel_benchmark" --benchmark_min_time=0.5

echo "== pipeline against bare forward passes"
pipeline

echo "== time and peak memory against the scene's size"
growth "4096 16384"

echo "== polygons against GDALPolygonize, 8192 x 8192 px"
"$build/bin/vectorize_benchmark" 8192 "$work"
