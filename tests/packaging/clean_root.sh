#!/bin/sh
# Installs the Debian packages in a clean root of this machine's own release, where nothing is configured, and uses them.
#
# usage: clean_root.sh PACKAGES_FOLDER CACHE_FOLDER SAMPLE
#
# Needs root, debootstrap and a package mirror. The bare root and downloaded packages stay in CACHE_FOLDER, so that the
# second time is quicker. Nothing of this machine is changed: mounts live in a namespace of their own.
set -eu
if [ "${1:-}" != --in-namespace ]; then
  [ "$(id -u)" = 0 ] || { echo "skipped: a clean root needs root"; exit 0; }
  for tool in debootstrap unshare apt-get; do
    command -v $tool >/dev/null || { echo "skipped: $tool is not installed"; exit 0; }
  done
  [ -f "$1/$(cd "$1" && ls | grep '^orthocover_.*\.deb$')" ] || { echo "$1: no orthocover_*.deb; make package first" >&2; exit 1; }
  exec unshare --mount sh "$0" --in-namespace "$@"
fi
packages=$(realpath "$2")
cache=$(mkdir -p "$3" && realpath "$3")
sample=$(realpath "$4")
. /etc/os-release
release=$VERSION_CODENAME
here=$(dirname "$(realpath "$0")")

# The bare root, kept as an archive.
bare=$cache/$release.tar
if [ ! -f "$bare" ]; then
  mirror=$(apt-get indextargets --format '$(CODENAME) $(REPO_URI)' 'Created-By: Packages' | awk -v r="$release" '$1 == r { print $2; exit }')
  [ -n "$mirror" ] || { echo "skipped: apt knows no mirror of $release"; exit 0; }
  echo "making a bare $release root, once"
  rm -rf "$cache/$release.new"
  debootstrap --variant=minbase --include=ca-certificates "$release" "$cache/$release.new" "$mirror" >"$cache/debootstrap.log" 2>&1 ||
    { tail -5 "$cache/debootstrap.log" >&2; exit 1; }
  tar -C "$cache/$release.new" -cf "$bare.part" . && mv "$bare.part" "$bare"
  rm -rf "$cache/$release.new"
fi

root=$(mktemp -d "$cache/root.XXXXXX")
cleanup() {
  for place in var/cache/apt/archives dev proc; do umount -l "$root/$place" 2>/dev/null || true; done
  rm -rf --one-file-system "$root"
}
trap cleanup EXIT
trap 'exit 130' INT TERM
tar -C "$root" -xf "$bare"
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
mkdir -p "$cache/archives/partial"
mount --bind "$cache/archives" "$root/var/cache/apt/archives"

# Its way to the mirror is this machine's: sources, keys, certificates, names, proxies.
rm -f "$root/etc/apt/sources.list" "$root/etc/apt/apt.conf.d/docker-clean"
for file in etc/apt/sources.list etc/apt/sources.list.d etc/apt/preferences.d etc/apt/trusted.gpg.d etc/apt/keyrings \
            etc/apt/auth.conf.d usr/share/keyrings etc/ssl/certs etc/resolv.conf etc/hosts; do
  [ ! -e "/$file" ] || { mkdir -p "$root/$(dirname $file)" && cp -rLf "/$file" "$root/$(dirname $file)/"; } 2>/dev/null || true
done
apt-config dump | grep '^Acquire::' | grep -v ' ""' >"$root/etc/apt/apt.conf.d/00machine" || true
mkdir "$root/packages" "$root/trial"
cp "$packages"/orthocover*.deb "$root/packages/"
cp "$sample" "$root/trial/sample.tif"
cp "$here/in_clean_root.sh" "$root/trial/"

# What of the environment names a proxy or the processor's BLAS kernels goes along, nothing else.
kept=$(env | grep -E '^(https?_proxy|HTTPS?_PROXY|no_proxy|NO_PROXY|OPENBLAS_[A-Z0-9_]+)=' | tr '\n' ' ')
env -i $kept PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive \
  chroot "$root" sh /trial/in_clean_root.sh
