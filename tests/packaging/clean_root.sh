#!/bin/sh
# Installs the Debian packages in a clean root of this machine's own release, where nothing is configured, and uses them.
#
# usage: clean_root.sh PACKAGES_FOLDER CACHE_FOLDER SAMPLE
#
# Needs root, debootstrap and a package mirror. The bare root and downloaded packages stay in CACHE_FOLDER, so that the
# second time is quicker. Nothing of this machine is changed: mounts live in a namespace of their own.
set -eu
here=$(dirname "$(realpath "$0")")
. "$here/root.sh"
if [ "${1:-}" != --in-namespace ]; then
  need_tools
  [ -f "$1/$(cd "$1" && ls | grep '^orthocover_.*\.deb$')" ] || { echo "$1: no orthocover_*.deb; make package first" >&2; exit 1; }
  exec unshare --mount sh "$0" --in-namespace "$@"
fi
packages=$(realpath "$2")
cache=$(mkdir -p "$3" && realpath "$3")
sample=$(realpath "$4")
release=$(own_release)

# The bare root, kept as an archive.
bare=$cache/$release.tar
if [ ! -f "$bare" ]; then
  rm -rf "$cache/$release.bare"
  bootstrap "$release" "$cache/$release.bare" "$cache/debootstrap.log"
  tar -C "$cache/$release.bare" -cf "$bare.part" . && mv "$bare.part" "$bare"
  rm -rf "$cache/$release.bare"
fi

root=$(mktemp -d "$cache/root.XXXXXX")
cleanup() {
  close_root "$root"
  rm -rf --one-file-system "$root"
}
trap cleanup EXIT
trap 'exit 130' INT TERM
tar -C "$root" -xf "$bare"
open_root "$root" "$cache/archives"

# Its way to the mirror is this machine's, sources too.
rm -f "$root/etc/apt/sources.list"
cp -rLf /etc/apt/sources.list* /etc/apt/preferences.d "$root/etc/apt/" 2>/dev/null || true
lend_network "$root"
mkdir "$root/packages" "$root/trial"
cp "$packages"/orthocover*.deb "$root/packages/"
cp "$sample" "$root/trial/sample.tif"
cp "$here/in_clean_root.sh" "$root/trial/"
in_root "$root" sh /trial/in_clean_root.sh
