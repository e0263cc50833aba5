#!/bin/bash
# SPDX-License-Identifier: MIT
# Shows on machines of several nodes that the right thread runs on the right node, and that memory
# lies where it was asked for.  Boots guests in an emulator, runs mminit in each under several
# variants, with a witness beside it (witness.c), and holds both against each other (check.awk).
#
#   vm.sh [--keep DIR] [--test PROGRAM]... [GUEST]...
#
#   ring     four nodes of one CPU, distances of a ring
#   uneven   three nodes: one plain, one without CPUs, one without memory and nearest to that
#   small    eight nodes of one CPU
#
# Default: all three.  --test: a program that must run well in each guest, too.  --keep: leaves the
# consoles and what was read from them there.  MMINIT names the tool, default: mminit.
# 77: this machine cannot boot guests.
set -euo pipefail
numa_dir=$(dirname "$(readlink -f "$0")")
vm_dir=$numa_dir/../vm
source "$vm_dir/common.sh"
mminit=$(command -v "${MMINIT:-mminit}") || fail "${MMINIT:-mminit}: no such program"

usage() {
	sed -n '/^#   vm.sh/,/^# 77/p' "$0" | sed 's/^# \{0,1\}//' >&2
	exit 2
}

tests=() guests=() keep=''
while [ $# -gt 0 ]; do
	case $1 in
	--keep | --test)
		[ $# -ge 2 ] || usage
		if [ "$1" = --keep ]; then keep=$2; else tests+=("$2"); fi
		shift
		;;
	ring | uneven | small) guests+=("$1") ;;
	*) usage ;;
	esac
	shift
done
[ ${#guests[@]} -gt 0 ] || guests=(ring uneven small)
need jq jq

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
if [ -n "$keep" ]; then
	mkdir -p "$keep"
	out=$keep
else
	out=$work
fi

# node NID MIB CPUS: options of a node with this much memory; 0 and an empty list for none.
node() {
	local memory='' cpus=''
	if [ "$2" != 0 ]; then
		options+=(-object "memory-backend-ram,id=m$1,size=${2}M,reserve=off")
		memory=,memdev=m$1
	fi
	[ -z "$3" ] || cpus=,cpus=$3
	options+=(-numa "node,nodeid=$1$cpus$memory")
}

# distance FROM TO VALUE: both ways.
distance() {
	options+=(-numa "dist,src=$1,dst=$2,val=$3")
}

# machine_ring, machine_uneven, machine_small: emulator options into $options.
machine_ring() {
	local i j
	options=(-smp 4 -m 2G)
	for i in 0 1 2 3; do
		node "$i" 512 "$i"
	done
	for i in 0 1 2; do
		for ((j = i + 1; j < 4; j++)); do
			distance "$i" "$j" $((j - i == 2 ? 30 : 20))
		done
	done
}

machine_uneven() {
	options=(-smp 3 -m 1536M)
	node 0 1024 0-1
	node 1 512 ''
	node 2 0 2
	distance 0 1 30
	distance 1 2 15
	distance 0 2 25
}

machine_small() {
	local i
	options=(-smp 8 -m 4G)
	for i in 0 1 2 3 4 5 6 7; do
		node "$i" 512 "$i"
	done
}

# What is run in every guest: name, command in front of it, options, and what must come of it, as
# check.awk has it: memory, threads, CPUs that are allowed, nodes that stand elsewhere.
variants() {
	local runtime="env OMP_PROC_BIND=true OMP_PLACES=$(places_of_workers)"
	cat <<-END
		local||--mem local|local|node|
		interleave||--mem interleave|interleave|node|
		remote||--mem remote|remote|node|
		mapped||--mem local --map $(moved_nodes)|local|node||$(moved_nodes)
		steal||--mem local --steal --chunk 1s|local|node|
		taskset|taskset -c $(allowed_cpus)|--mem local|local|subset|$(allowed_cpus)
		runtime|$runtime|--mem local --threads 1|local|runtime|
		rebound|$runtime|--mem local --threads 1 --bind hwloc|local|node|
	END
}

# Every other CPU of this guest.
allowed_cpus() {
	case $guest in
	small) echo 0,2,4,6 ;;
	*) echo 0,2 ;;
	esac
}

# Two nodes with memory, each on the other; or the first on the one without CPUs. The kernel
# numbers the one without memory 1, and that 2.
moved_nodes() {
	case $guest in
	uneven) echo 0=2 ;;
	*) echo 0=1,1=0 ;;
	esac
}

# What a user who binds one worker of each node through the runtime would say.
places_of_workers() {
	case $guest in
	ring) echo "{0}:4" ;;
	uneven) echo "{0},{2}" ;;
	small) echo "{0}:8" ;;
	esac
}

make_initrd() {
	local test files=()
	"${CC:-cc}" -std=c11 -O2 -Wall -shared -fPIC -I "$numa_dir/../../include" \
		"$numa_dir/witness.c" -o "$work/witness.so"
	variants | cut -d '|' -f 1-3 | sed 's/$/ --show-binding/' >"$work/variants"
	for test in "${tests[@]}"; do
		files+=("$test=tests/${test##*/}")
	done
	"$vm_dir/make_initrd.sh" "$work/initrd" "$numa_dir/guest_init.sh" "$mminit=bin/mminit" \
		"$work/witness.so=lib/witness.so" "$work/variants=variants" "${files[@]}"
}

# split_log LOG DIR: nodes, tests, and NAME.json, NAME.stderr, NAME.witness, NAME.exit of each run.
split_log() {
	awk -v dir="$2" '
		/^==NODE/ { print "node", $2, $3, $4, $5 >(dir "/nodes") }
		/^==TEST/ { file = dir "/test." $2; print $3 >(file ".exit") }
		/^==RUN/ { run = dir "/" $2; print $3 >(run ".exit"); next }
		/^==JSON$/ { file = run ".json"; printf "" >file; next }
		/^==STDERR$/ { file = run ".stderr"; printf "" >file; next }
		/^==WITNESS$/ { file = run ".witness"; printf "" >file; next }
		/^==/ { next }
		file { print >file }
	' "$1"
}

# places JSON: the workers and where the memmap lies, as check.awk reads them.
places() {
	jq -er '
		(.workers // error("no workers"))[] |
			"worker \(.thread) \(.nid) \(.place.host_nid) \(.place.bound) \(.place.cpus) \(.place.ran_on)"
	' "$1"
	jq -er '
		.nodes[] | .nid as $nid |
			(.memmap_places // error("node \($nid): no memmap_places"))[] |
			"memmap \($nid) \(.host_nid) \(.pages)"
	' "$1"
}

# check_variant DIR NAME MEMORY THREADS ALLOWED MAP: prints what is wrong; fails if anything is.
check_variant() {
	local run=$1/$2 status
	status=$(cat "$run.exit" 2>/dev/null) || {
		echo "did not run"
		return 1
	}
	[ "$status" = 0 ] || {
		echo "mminit run exited with $status:"
		cat "$run.stderr"
		return 1
	}
	[ -s "$run.json" ] || {
		echo "mminit run printed nothing"
		return 1
	}
	jq -e '.verdict.invariants[] | select(.number == 12) | .judgement == "holds"' "$run.json" \
		>/dev/null || {
		echo "invariant 12: $(jq -c '.verdict.invariants[] | select(.number == 12)' "$run.json")"
		return 1
	}
	places "$run.json" >"$run.places" 2>"$run.places.err" || {
		echo "its JSON lacks what --show-binding is to say: $(cat "$run.places.err")"
		return 1
	}
	awk -v memory="$3" -v threads="$4" -v allowed="$5" -v map="$6" -f "$numa_dir/check.awk" \
		"$1/nodes" "$run.places" "$run.witness"
}

check_guest_tests() {
	local test exit
	for test in "${tests[@]}"; do
		exit=$(cat "$1/test.${test##*/}.exit" 2>/dev/null || echo "nothing")
		case $exit in
		0) echo "report: numa: $guest: ${test##*/}: passed" ;;
		*)
			cat "$1/test.${test##*/}"
			echo "$guest: ${test##*/}: exited with $exit"
			nr_wrong=$((nr_wrong + 1))
			;;
		esac
	done
}

check_guest() {
	local dir=$1 name memory threads allowed map
	while IFS='|' read -r name _ _ memory threads allowed map; do
		if check_variant "$dir" "$name" "$memory" "$threads" "$allowed" "$map" >"$dir/$name.said"; then
			echo "report: numa: $guest: $name: holds"
		else
			nr_wrong=$((nr_wrong + 1))
			echo "$guest: $name: does not hold:"
		fi
		sed 's/^/    /' "$dir/$name.said"
	done < <(variants)
}

image=$("$vm_dir/fetch_kernel.sh")
nr_wrong=0
for guest in "${guests[@]}"; do
	mkdir -p "$out/$guest"
	make_initrd
	"machine_$guest"
	"$vm_dir/boot_vm.sh" "$image" "$work/initrd" "console=ttyS0 panic=-1" "$out/$guest.log" \
		"${options[@]}"
	split_log "$out/$guest.log" "$out/$guest"
	check_guest_tests "$out/$guest"
	check_guest "$out/$guest"
done
[ $nr_wrong = 0 ]
