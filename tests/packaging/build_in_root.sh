#!/bin/sh
# Builds the tree in a root of another Debian release, by its own Makefile, and runs its tests there.
#
# usage: build_in_root.sh RELEASE CACHE_FOLDER [MAKE_ARGUMENT...]
#
# Needs root, debootstrap and an archive. The root stays in CACHE_FOLDER with its packages, its build folder (/build) and
# compiler cache (/ccache), so that the second time is quick. The tree is seen there read-only, as /orthocover. Nothing of
# this machine is changed: mounts live in a namespace of their own.
set -eu
here=$(dirname "$(realpath "$0")")
. "$here/root.sh"
if [ "${1:-}" != --in-namespace ]; then
  need_tools
  exec unshare --mount sh "$0" --in-namespace "$@"
fi
release=$2
cache=$(mkdir -p "$3" && realpath "$3")
shift 3
tree=$(realpath "$here/../..")
root=$cache/$release
[ -d "$root" ] || bootstrap "$release" "$root" "$cache/debootstrap-$release.log"

cleanup() {
  umount -l "$root/orthocover" 2>/dev/null || true
  close_root "$root"
}
trap cleanup EXIT
trap 'exit 130' INT TERM
open_root "$root" "$cache/archives-$release"
lend_network "$root"
mkdir -p "$root/orthocover" "$root/build" "$root/ccache"
mount --bind "$tree" "$root/orthocover"
mount -o remount,ro,bind "$root/orthocover"

if [ ! -e "$root/usr/bin/make" ]; then
  in_root "$root" apt-get update -qq
  in_root "$root" apt-get install -y -qq --no-install-recommends make
fi
in_root "$root" env CCACHE_DIR=/ccache make -C /orthocover BUILD=/build "$@"
