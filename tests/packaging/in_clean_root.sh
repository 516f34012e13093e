#!/bin/sh
# Runs inside the clean root: /packages/*.deb, /trial/sample.tif. Prints a line per check and the sum of all.
set -u
cd /trial
passed=0
failed=0
begin=$(date +%s)

# check TEXT COMMAND...: runs a command, its output is shown when it fails.
check() {
  text=$1
  shift
  from=$(date +%s)
  if "$@" >log 2>&1; then
    passed=$((passed + 1))
    echo "ok      $text ($(($(date +%s) - from)) s)"
  else
    failed=$((failed + 1))
    echo "FAILED  $text: $*"
    tail -30 log | sed 's/^/        /'
  fi
}

install() { apt-get install -y -qq --no-install-recommends "$@"; }
has_qgis() { ls /packages/orthocover-qgis_*.deb >/dev/null 2>&1; }
qgis_process() { QT_QPA_PLATFORM=offscreen XDG_RUNTIME_DIR=/tmp timeout 300 qgis_process.bin "$@"; }
lists_segment() { qgis_process list >list && grep -q 'orthocover:segment' list; }
lists_natives() { qgis_process list >list && grep -q 'native:buffer' list && ! grep -q 'orthocover' list; }
version_matches() { [ "$(orthocover --version)" = "orthocover $(dpkg-query -W -f '${Version}' orthocover)" ]; }
is_made() { for file in "$@"; do [ -s "$file" ] || { echo "$file is missing"; return 1; }; done; }
segments() { orthocover segment --vector map.gpkg sample.tif map.tif && is_made map.tif map.qml map.gpkg map.tif.run.json; }
vectorizes() { orthocover vectorize map.tif polygons.gpkg && is_made polygons.gpkg; }
qgis_segments() { qgis_process run orthocover:segment -- INPUT=/trial/sample.tif OUTPUT=/trial/qgis.tif && is_made qgis.tif; }
shows_manual() { man "$1" | grep -q '^NAME'; }
completes() { bash -c '. /usr/share/bash-completion/completions/orthocover; COMP_WORDS=(orthocover seg); COMP_CWORD=1
  $(complete -p orthocover | sed "s/.*-F \([^ ]*\).*/\1/") orthocover seg orthocover; [[ " ${COMPREPLY[*]} " == *segment* ]]'; }
links_optimised_blas() { orthocover doctor | grep -i 'openblas'; }
our_files() { dpkg -L orthocover $(has_qgis && echo orthocover-qgis) | while read -r path; do [ -d "$path" ] || echo "$path"; done; }
nothing_left() {
  left=$(while read -r path; do [ ! -e "$path" ] || echo "$path"; done <files
         find / -xdev -name '*orthocover*' -not -path '/trial/*' -not -path '/packages/*' -not -path '/proc/*' -not -path '/var/cache/man/*')
  [ -z "$left" ] || { echo "$left"; return 1; }
}

check "package lists" apt-get update -qq
check "install the packages" install /packages/*.deb
check "version" version_matches
check "doctor finds nothing missing" orthocover doctor
check "an optimised BLAS came along" links_optimised_blas
check "segment the sample" segments
check "vectorize the map" vectorizes
check "bash completes" completes
if has_qgis; then
  check "qgis_process lists the provider" lists_segment
  check "qgis_process runs segment" qgis_segments
else
  echo "skipped QGIS: this build has no package orthocover-qgis"
fi
our_files >files
if grep -q /man1/orthocover.1 files; then
  check "a reader of manuals" install man-db
  for page in $(sed -n 's,.*/man1/\(.*\)\.1\.gz$,\1,p' files); do check "man $page" shows_manual "$page"; done
fi
if grep -q vendor-completions/_orthocover files; then
  check "a zsh" install zsh
  check "zsh knows the completion" zsh -fc 'autoload -U compinit; compinit -u; [[ $_comps[orthocover] = _orthocover ]]'
else
  echo "skipped zsh: this build has no completion for it"
fi
check "remove the packages" apt-get purge -y -qq orthocover $(has_qgis && echo orthocover-qgis)
check "no file is left" nothing_left
! has_qgis || check "QGIS works without them" lists_natives
echo "clean root: $(($(date +%s) - begin)) s"
echo "$passed passed, $failed failed"
[ $failed = 0 ]
