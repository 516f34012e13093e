#!/bin/bash
# Four shards over two nodes of a real Slurm on loopback give the map of a single run, bit for bit; a shard that is killed
# is put back by the shipped script and goes on; one that is gone is made again alone.
#   slurm_test.sh PROGRAM SOURCE_FOLDER
# Ends with 77 (skipped) where Slurm is not installed.
set -u
program=$(readlink -f "$1")
source=$(readlink -f "$2")
export PATH="$PATH:/usr/sbin"
for daemon in munged munge slurmctld slurmd sbatch scontrol; do
  command -v "$daemon" >/dev/null || { echo "skipped: $daemon is not installed (slurmctld slurmd slurm-client munge)"; exit 77; }
done

R=$(mktemp -d /tmp/ocslurm.XXXXXX)
chmod 0755 "$R"
daemons=()

stop() {
  [ -n "${SLURM_CONF:-}" ] && scontrol ping 2>/dev/null | grep -q 'is UP' && {
    timeout 10 scancel --user="$(id -un)" 2>/dev/null
    within 20 '[ -z "$(timeout 5 squeue -h)" ]'
  }
  for pid in "${daemons[@]}"; do kill -TERM "$pid" 2>/dev/null; done
  within 10 'nothing_runs'
  for pid in "${daemons[@]}"; do kill -KILL "$pid" 2>/dev/null; done
  rm -rf "$R"
}
nothing_runs() { for pid in "${daemons[@]}"; do kill -0 "$pid" 2>/dev/null && return 1; done; return 0; }
# within SECONDS CONDITION: whether it came true in time.
within() {
  local end=$((SECONDS + $1))
  until eval "$2"; do
    [ "$SECONDS" -ge "$end" ] && return 1
    sleep 0.2
  done
}
fail() {
  echo "FAILED: $*"
  tail -n 20 "$R"/log/*.log "$R"/work/slurm-*.out 2>/dev/null
  exit 1
}
trap stop EXIT

# The layer's name is the file's, nothing else may differ.
same() { cmp whole.tif map.tif && cmp <(sed '/^"name":/d' whole.geojson) <(sed '/^"name":/d' map.geojson); }

free_ports() {
  python3 - <<'PORTS'
import socket
sockets = [socket.socket() for _ in range(3)]
for s in sockets: s.bind(("127.0.0.1", 0))
print(*[s.getsockname()[1] for s in sockets])
PORTS
}

start() {
  install -d -m 0755 "$R/munge" "$R/munge/run" "$R/log" "$R/run" "$R/etc" "$R/work"
  install -d -m 0700 "$R/munge/etc" "$R/munge/lib" "$R/munge/log" "$R/state" "$R/n1" "$R/n2"
  (umask 077; head -c 128 /dev/urandom >"$R/munge/etc/munge.key")
  read -r CP P1 P2 < <(free_ports)
  sed -e "s#@R@#$R#g; s#@USER@#$(id -un)#g; s#@CP@#$CP#; s#@P1@#$P1#; s#@P2@#$P2#" \
    "$source/tests/cluster/slurm.conf.in" >"$R/etc/slurm.conf"
  export SLURM_CONF="$R/etc/slurm.conf"
  munged --foreground --num-threads=2 --origin=127.0.0.1 --key-file="$R/munge/etc/munge.key" \
    --socket="$R/munge/run/munge.socket" --pid-file="$R/munge/run/munged.pid" --log-file="$R/munge/log/munged.log" \
    --seed-file="$R/munge/lib/seed" </dev/null >"$R/log/munged.out" 2>&1 &
  daemons+=($!)
  within 10 'munge -n -S "$R/munge/run/munge.socket" >/dev/null 2>&1' || fail "munged does not answer"
  setsid slurmctld -D -f "$SLURM_CONF" </dev/null >"$R/log/slurmctld.out" 2>&1 &
  daemons+=($!)
  within 30 'timeout 5 scontrol ping 2>/dev/null | grep -q "is UP"' || fail "slurmctld does not answer"
  for node in n1 n2; do
    setsid slurmd -D -N "$node" -f "$SLURM_CONF" </dev/null >"$R/log/slurmd.$node.out" 2>&1 &
    daemons+=($!)
  done
  within 30 '[ "$(timeout 5 sinfo -h -t idle -o %D)" = 2 ]' || fail "the nodes are not idle"
}

start
cd "$R/work" || exit 1
cp -p "$source/examples/banepa.tif" "scene one.tif"
export ORTHOCOVER_MODELS="$source/models" OMP_WAIT_POLICY=PASSIVE
options=(--device cpu --threads 1 --levels 1,2 --patch-size 256 --vector geojson)

# The shards find a program of this name, which kills the third shard once, in the middle of its work.
mkdir bin
cat >bin/orthocover <<WRAPPER
#!/bin/bash
if [ "\$1" = segment ] && [ "\$SLURM_ARRAY_TASK_ID" = 2 ] && mkdir "$R/work/killed" 2>/dev/null; then
  "$program" "\$@" --journal 0.001 &
  work=\$!
  until [ "\$(stat -c %s "$R"/work/map.tif.shard-3-of-4.part 2>/dev/null || echo 0)" -gt 3000 ] || ! kill -0 \$work; do sleep 0.01; done
  kill -KILL \$work
  wait \$work
  exit \$?
fi
[ "\$1" = segment ] && echo "\$SLURM_ARRAY_TASK_ID \$SLURMD_NODENAME" >>"$R/work/nodes"
exec "$program" "\$@"
WRAPPER
chmod +x bin/orthocover
export PATH="$R/work/bin:$PATH"

"$program" segment --progress none "${options[@]}" "scene one.tif" whole.tif || fail "the single run"
export SHARDS=4 SBATCH_OPTIONS="--cpus-per-task=1 --mem=0"
bash "$source/examples/cluster/segment.slurm" "scene one.tif" map.tif "${options[@]}" >submitted || fail "submitting"
cat submitted
within 300 '[ -s map.tif.run.json ] && [ -z "$(timeout 5 squeue -h)" ]' || fail "no map came: $(squeue)"
[ -d killed ] || fail "the third shard was not killed"
same || fail "map or polygons differ from those of the single run"
grep -q "goes on from" slurm-*_2.out || fail "the killed shard did not go on from its journal"
[ "$(cut -d' ' -f2 nodes | sort -u | wc -l)" = 2 ] || fail "both nodes should have worked: $(cat nodes)"
echo "4 shards on nodes $(cut -d' ' -f2 nodes | sort | uniq -c | tr -s ' \n' ' '): equal, one killed and requeued"

rm map.tif map.tif.* map.geojson map.qml 2>/dev/null
for i in 1 2 4; do "$program" segment --progress none --shard $i/4 "${options[@]}" "scene one.tif" map.tif || fail "shard $i"; done
"$program" merge --progress none "${options[@]}" "scene one.tif" map.tif 2>refusal && fail "a missing shard was not noticed"
grep -q "map.tif.shard-3-of-4: is missing; make it with: orthocover segment" refusal || fail "$(cat refusal)"
sbatch --wait --parsable $SBATCH_OPTIONS --array=2 "$source/examples/cluster/segment.slurm" "scene one.tif" map.tif "${options[@]}" ||
  fail "the shard alone"
"$program" merge --progress none "${options[@]}" "scene one.tif" map.tif || fail "the merge"
same || fail "map or polygons differ after one shard was made again alone"
echo "one shard made again alone: equal"
