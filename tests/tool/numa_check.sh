#!/bin/bash
# SPDX-License-Identifier: MIT
# native only: starts no program of ours.
# The judge of the NUMA guests (tests/numa/check.awk) accepts a run in which all is in its place, and
# says what is wrong with each run that was spoilt by hand.  No guest is needed for that.
set -euo pipefail
check=${MMINIT_SOURCE_DIR:?}/tests/numa/check.awk
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
nr_wrong=0

# A guest of two plain nodes and one without CPUs, nearest to the second.  Each memmap has two units
# of 2 MiB, which are 512 pages.
good_run() {
	cat >"$dir/nodes" <<-END
		node 0 0-1 100000 10,20,30
		node 1 2 100000 20,10,15
		node 2 none 100000 30,15,10
	END
	cat >"$dir/places" <<-END
		worker 0 0 0 true 0-1 0
		worker 1 1 1 true 2 2
		worker 2 2 1 true 2 2
		memmap 0 0 1024
		memmap 1 1 1024
		memmap 2 2 1024
	END
	cat >"$dir/witness" <<-END
		thread 10 ran 5 cpu 0 allowed 0-2
		thread 10 ran 9 cpu 1 allowed 0-1
		thread 11 ran 9 cpu 2 allowed 2
		thread 12 ran 9 cpu 2 allowed 2
		memmap 0x7f0000000000 12582912
		pages 0 1024 nid 0 lies 0
		pages 1024 2048 nid 1 lies 1
		pages 2048 3072 nid 2 lies 2
		numa_maps 7f0000000000 bind:0 anon=1024 N0=1024 kernelpagesize_kB=4
		numa_maps 7f0000400000 bind:1 anon=1024 N1=1024 kernelpagesize_kB=4
		numa_maps 7f0000800000 bind:2 anon=1024 N2=1024 kernelpagesize_kB=4
		task 10 cpu 0 allowed 0-1
		task 11 cpu 2 allowed 2
		task 12 cpu 2 allowed 2
	END
}

# interleaved FIRST...: six units, the first on node FIRST; what the run says and numa_maps follow.
interleaved() {
	local unit=0 host
	sed -i '/^pages/d' "$dir/witness"
	sed -i '/^memmap/d' "$dir/places"
	for host in "$@"; do
		echo "pages $((512 * unit)) $((512 * (unit + 1))) nid $((unit / 2)) lies $host" >>"$dir/witness"
		echo "memmap $((unit / 2)) $host 512" >>"$dir/places"
		unit=$((unit + 1))
	done
}

judge() {
	awk "$@" -f "$check" "$dir/nodes" "$dir/places" "$dir/witness" >"$dir/said"
}

# accepts WHAT [AWK OPTION]...
accepts() {
	local what=$1
	shift
	if ! judge "$@"; then
		echo "$what: was refused:"
		cat "$dir/said"
		nr_wrong=$((nr_wrong + 1))
	fi
}

# refuses WHAT COMPLAINT [AWK OPTION]...
refuses() {
	local what=$1 complaint=$2
	shift 2
	if judge "$@"; then
		echo "$what: was accepted"
		nr_wrong=$((nr_wrong + 1))
	elif ! grep -qF "$complaint" "$dir/said"; then
		echo "$what: expected to read \"$complaint\", and read:"
		cat "$dir/said"
		nr_wrong=$((nr_wrong + 1))
	fi
}

# spoilt FILE SED COMPLAINT [AWK OPTION]...: the good run, with one line changed.
spoilt() {
	local file=$1 edit=$2 complaint=$3
	shift 3
	good_run
	sed -i "$edit" "$dir/$file"
	refuses "$file, $edit" "$complaint" "${@:--vmemory=local}" -vthreads="${threads:-node}"
}

good_run
accepts "all in its place" -vmemory=local -vthreads=node
refuses "local, asked for remote" "0 of 1024 pages" -vmemory=remote -vthreads=node
refuses "local, asked for interleave" "512 of 1024 pages" -vmemory=interleave -vthreads=node
refuses "every CPU, asked for some" "expected the CPUs 0" -vmemory=local -vthreads=subset \
	-vallowed=0,2
refuses "bound by us, asked for the runtime" "though the runtime had bound it" -vmemory=local \
	-vthreads=runtime

refuses "on their own nodes, asked for each other's" "0 of 1024 pages" -vmemory=local -vthreads=node \
	-vmap=0=1,1=0
sed -i 's/ lies 0$/ lies 9/; s/ lies 1$/ lies 0/; s/ lies 9$/ lies 1/; s/N1=/N9=/; s/N0=/N1=/; s/N9=/N0=/' "$dir/witness"
sed -i 's/^memmap 0 0/memmap 0 1/; s/^memmap 1 1/memmap 1 0/; s/^worker 0 0 .*/worker 0 0 1 true 2 2/; s/^worker 1 1 .*/worker 1 1 0 true 0-1 1/' "$dir/places"
accepts "on each other's nodes" -vmemory=local -vthreads=node -vmap=0=1,1=0
refuses "on each other's nodes, asked for their own" "0 of 1024 pages" -vmemory=local -vthreads=node

good_run
interleaved 1 2 0 1 2 0
accepts "turns from node 1 on" -vmemory=interleave -vthreads=node
interleaved 1 2 0 1 0 2
refuses "turns out of order" "node 2: 0 of 1024 pages" -vmemory=interleave -vthreads=node

# Workers.
spoilt places '/^worker 0/s/0$/2/' "worker 0: ran outside of node 0"
spoilt places '/^worker 1/s/true/false/' "worker 1: was not bound"
spoilt places '/^worker 1/s/true 2/true 0-2/' "worker 1: expected the CPUs 2"
spoilt places '/^worker 2/s/2 1 true 2 2/2 0 true 0-1 0/' "nearer to node 2"
spoilt places '/^worker 2/d' "node 2: has memory, and no worker"
spoilt places '/^worker/d' "names no workers"
spoilt nodes '/^node 2/s/100000/0/' "node 2: has no memory, and a worker"
spoilt witness '/^thread 12/s/allowed 2/allowed 0-2/' "the witness saw 1"
spoilt witness '/^thread 11/s/cpu 2/cpu 0/' "outside of its mask"
threads=runtime spoilt witness '/^task 12/s/allowed 2/allowed 0-2/' "only 2 threads are bound"

# Memory.
spoilt witness 's/^pages 0 1024 nid 0 lies 0/pages 0 1024 nid 0 lies 1/' "node 0: 0 of 1024"
spoilt witness 's/^pages 0 1024 .*/&\npages 3072 3074 nid 0 lies 2/' "node 0: expected 99.9%"
spoilt witness '/^pages 0 /d' "node 0: has memory, and no page of a memmap"
spoilt witness '/^memmap/d' "the witness saw 0 memmaps go"
spoilt witness '/^numa_maps/s/N1=1024/N1=1000 N0=24/' "node 1: numa_maps has 1000 pages"
spoilt places 's/^memmap 1 1 1024/memmap 1 1 1000/' "says that 1000 pages lie on node 1"

[ $nr_wrong = 0 ]
