# Parts of the scripts that work in a root of their own; they are read with `.`, not run.

# need_tools TOOL...: ends the script, as skipped, where a root can't be made.
need_tools() {
  [ "$(id -u)" = 0 ] || { echo "skipped: a clean root needs root"; exit 0; }
  for tool in debootstrap unshare apt-get; do
    command -v $tool >/dev/null || { echo "skipped: $tool is not installed"; exit 0; }
  done
}

# own_release: codename of this machine's release.
own_release() { (. /etc/os-release && echo "$VERSION_CODENAME"); }

# archive_address: where this machine's apt finds the archive of its own release; other releases are there too.
archive_address() {
  apt-get indextargets --format '$(CODENAME) $(REPO_URI)' 'Created-By: Packages' |
    awk -v r="$(own_release)" '$1 == r { print $2; exit }'
}

# bootstrap RELEASE FOLDER LOG: a bare system of the release, whole or not at all.
bootstrap() {
  mirror=$(archive_address)
  [ -n "$mirror" ] || { echo "skipped: apt knows no mirror of $(own_release)"; exit 0; }
  echo "making a bare $1 root, once"
  rm -rf "$2.new"
  debootstrap --variant=minbase --include=ca-certificates "$1" "$2.new" "$mirror" >"$3" 2>&1 || { tail -5 "$3" >&2; exit 1; }
  mv "$2.new" "$2"
}

# open_root FOLDER ARCHIVES: mounts what programs need; ARCHIVES keeps downloaded packages. The caller is in a mount
# namespace of its own and calls close_root.
open_root() {
  mount -t proc proc "$1/proc"
  mount --rbind /dev "$1/dev"
  mkdir -p "$2/partial"
  mount --bind "$2" "$1/var/cache/apt/archives"
}

close_root() {
  for place in var/cache/apt/archives dev proc; do umount -l "$1/$place" 2>/dev/null || true; done
}

# lend_network FOLDER: this machine's way to the archive, i.e. keys, certificates, names, proxies.
lend_network() {
  rm -f "$1/etc/apt/apt.conf.d/docker-clean"
  for file in etc/apt/trusted.gpg.d etc/apt/keyrings etc/apt/auth.conf.d usr/share/keyrings etc/ssl/certs etc/resolv.conf etc/hosts; do
    [ ! -e "/$file" ] || { mkdir -p "$1/$(dirname $file)" && cp -rLf "/$file" "$1/$(dirname $file)/"; } 2>/dev/null || true
  done
  apt-config dump | grep '^Acquire::' | grep -v ' ""' >"$1/etc/apt/apt.conf.d/00machine" || true
}

# in_root FOLDER COMMAND...: what of the environment names a proxy or the processor's BLAS kernels goes along, nothing else.
in_root() {
  folder=$1
  shift
  kept=$(env | grep -E '^(https?_proxy|HTTPS?_PROXY|no_proxy|NO_PROXY|OPENBLAS_[A-Z0-9_]+)=' | tr '\n' ' ')
  env -i $kept PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive \
    chroot "$folder" "$@"
}
