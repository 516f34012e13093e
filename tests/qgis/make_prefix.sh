#!/bin/sh
# make_prefix.sh PREFIX SYSTEM_PLUGINS PLUGIN PROGRAM: a folder for QGIS_PREFIX_PATH, with the system's plugins and ours,
# so that nothing has to be installed. QGIS passes over links in the plugin folder: the files are linked hard, or copied.
set -eu
prefix=$1 system_plugins=$(realpath "$2") plugin=$3 program=$4
libraries=$(realpath "$system_plugins/../..")

rm -rf "$prefix"
mkdir -p "$prefix/lib/qgis/plugins" "$prefix/share" "$prefix/bin"
for file in "$system_plugins"/*.so "$plugin"; do
  case ${file##*/} in liborthocover*) [ "$file" = "$plugin" ] || continue ;; esac
  target=$prefix/lib/qgis/plugins/${file##*/}
  ln "$(realpath "$file")" "$target" 2>/dev/null || cp "$file" "$target"
done
for file in "$libraries"/libqgispython.so*; do
  [ -e "$file" ] && ln -s "$file" "$prefix/lib/"
done
ln -s "$(realpath "$libraries/../share/qgis")" "$prefix/share/qgis"
ln -s "$(realpath "$program")" "$prefix/bin/orthocover"
