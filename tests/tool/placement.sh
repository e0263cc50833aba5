#!/bin/bash
# SPDX-License-Identifier: MIT
# release only: what it preloads stands in front of the sanitizers' own libraries.
# native only: preloads a native library in front of the C library.
# Placement on any host: what is asked for is done or said not to be, once, on stderr and in the
# JSON; nobody leaves the CPUs that he was given.  Hosts of several nodes: tests/numa.
source "$(dirname "$0")/checks.bash"
unset OMP_PROC_BIND OMP_PLACES GOMP_CPU_AFFINITY
deny=$work_dir/deny.so
"${CC:-cc}" -std=c11 -O2 -Wall -shared -fPIC "$MMINIT_SOURCE_DIR/tests/numa/deny.c" -o "$deny" || exit 1
first_cpu=$(sed -n 's/^Cpus_allowed_list:[^0-9]*\([0-9]*\).*/\1/p' /proc/self/status)

# run_with COMMAND... -- [ARGUMENT]...: `mminit run 2n:512M ARGUMENT... --show-binding --json`
run_with() {
	local front=()
	while [ "$1" != -- ]; do
		front+=("$1")
		shift
	done
	shift
	timeout 60 env "${front[@]}" "$MMINIT" run 2n:512M --show-binding --json "$@" \
		>"$work_dir/out" 2>"$work_dir/err"
	code=$?
	[ "$code" = 0 ] || fail "${front[*]} $*: exit code $code: $(cat "$work_dir/err")"
}

# holds WHAT FILTER [JQ OPTION]...: the filter is true of the last run's JSON.
holds() {
	local what=$1 filter=$2
	shift 2
	jq -e "$@" "$filter" "$work_dir/out" >"$work_dir/said" ||
		fail "$what: $filter: $(cat "$work_dir/said"): $(jq -c '.placement, .workers' "$work_dir/out")"
}

# warned WHAT WORDS: one line on stderr has the words, and so has the JSON; none: NULL there.
warned() {
	[ "$(grep -c "$2" "$work_dir/err")" = 1 ] || fail "$1: expected one \"$2\": $(cat "$work_dir/err")"
	[ "$(wc -l <"$work_dir/err")" = 1 ] || fail "$1: expected one warning: $(cat "$work_dir/err")"
	holds "$1" '.placement.warning | contains($words)' --arg words "$2"
}
unwarned() {
	! grep -q "bound" "$work_dir/err" || fail "$1: expected no warning: $(cat "$work_dir/err")"
	holds "$1" '.placement.warning // "" | contains("bound") | not'
}

run_with --
unwarned "plain"
holds "plain" 'all(.workers[]; .place.bound and .place.ran_on != "" and .place.cpus != "")'
holds "plain" '[.nodes[].memmap_places[].pages] | add == 1024 * 1024 * 1024 / 64 / 4096'

run_with LD_PRELOAD="$deny" MMINIT_DENY=bind --
warned "not permitted" "threads are not bound: this system does not let us (Operation not permitted)"
holds "not permitted" 'all(.workers[]; .place.bound | not)'
run_with LD_PRELOAD="$deny" MMINIT_DENY=bind -- --quiet
[ ! -s "$work_dir/err" ] || fail "--quiet: expected no warning: $(cat "$work_dir/err")"
run_with LD_PRELOAD="$deny" MMINIT_DENY=strict --
warned "not strictly" "not strictly"
holds "not strictly" 'all(.workers[]; .place.bound)'
run_with HWLOC_SYNTHETIC="numa:2 core:1 pu:1" --
warned "foreign topology" "the topology is not this system's"
holds "foreign topology" 'all(.workers[]; .place.bound | not) and .nodes[1].host_nid == 1'
if [ "$(cat /sys/devices/system/node/has_memory 2>/dev/null)" = 0 ]; then
	run_with --
	warned "one node" "all nodes stand on one node of this host"
fi

# Who binds.
run_with -- --bind none
unwarned "--bind none"
holds "--bind none" 'all(.workers[]; .place.bound | not)'
run_with -- --bind omp
warned "--bind omp, no places" "nor by the OpenMP runtime"
for order in OMP_PROC_BIND=true OMP_PLACES=threads GOMP_CPU_AFFINITY="$first_cpu"; do
	run_with "$order" --
	unwarned "$order"
	holds "$order" '.placement.threads_state | contains($order)' --arg order "$order"
	holds "$order" 'all(.workers[]; .place.bound | not)'
	run_with "$order" -- --bind omp
	unwarned "$order --bind omp"
	holds "$order --bind omp" 'all(.workers[]; .place.bound | not)'
	run_with "$order" -- --bind hwloc
	unwarned "$order --bind hwloc"
	holds "$order --bind hwloc" 'all(.workers[]; .place.bound)'
done
run_with OMP_PROC_BIND=true -- --bind hwloc
cp "$work_dir/out" "$work_dir/rebound"
run_with --
diff <(jq -c '[.workers[].place.cpus] | unique' "$work_dir/rebound") \
	<(jq -c '[.workers[].place.cpus] | unique' "$work_dir/out") ||
	fail "OMP_PROC_BIND=true --bind hwloc: expected the CPUs that workers get without the runtime"

# Within the CPUs that were given.
for order in A=1 OMP_PROC_BIND=true; do
	for how in auto hwloc omp none; do
		run_with "$order" taskset -c "$first_cpu" -- --bind "$how" --threads 2
		holds "taskset, $order --bind $how" 'all(.workers[].place; .cpus == $cpu and .ran_on == $cpu)' \
			--arg cpu "$first_cpu"
	done
done

# Threads and nodes.
run_with -- --threads 0=3,1=1
holds "--threads 0=3,1=1" '[.workers[].nid] == [0, 0, 0, 1]'
holds "--threads 0=3,1=1" '.reproduce | contains("--threads 0=3,1=1")'
run_with -- --map 0=0,1=0
holds "--map 0=0,1=0" '[.nodes[].host_nid] == [0, 0]'
for bad in 0 x 0= =1 0=1, 0=0 0=1=2 0=4097 1024=1 0=1,,1=1; do
	expect "--threads $bad" 2 'expected a number from 1 to 4096' run 2n:512M --threads "$bad"
done
expect "threads of a node that is not there" 2 'has no node 2' run 2n:512M --threads 2=1
for bad in '' 0 x=0 0=x 0=1, 0=1024; do
	expect "--map $bad" 2 'expected nodes of the machine' run 2n:512M --map "$bad"
done
expect "a node that is not there" 2 'has no node 2' run 2n:512M --map 2=0
expect "a host node that is not there" 2 'no node 1000 with memory' run 2n:512M --map 0=1000
expect "--mem" 2 'expected local, interleave, first-touch or remote' run 2n:512M --mem anywhere
expect "--bind" 2 'expected auto, hwloc, omp or none' run 2n:512M --bind all
expect "--smt" 2 'expected on or off' run 2n:512M --smt maybe
for where in local interleave first-touch remote; do
	run_with -- --mem "$where"
	holds "--mem $where" '.placement.mem == $where and .settings.placement == $where' --arg where "$where"
done

# Cores of a topology, not its CPUs.
run_tool plan --topology "numa:2 core:26 pu:2" --smt off --json
jq -e '[.groups[].nr_threads] == [26, 26]' <<<"$out" >/dev/null || fail "--smt off: $out"

# What is stolen is counted twice: by who did it, and by whose it was.
for how in --steal --no-steal; do
	run_with -- "$how" --chunk 1s
	holds "$how" '([.workers[].stolen_chunks] | add) == ([.nodes[].stolen_chunks] | add)'
done
holds "--no-steal" '[.workers[].stolen_chunks] | add == 0'
finish
