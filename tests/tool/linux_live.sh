#!/bin/bash
# SPDX-License-Identifier: MIT
# labels: linux-live
# What replay computes agrees with Linux on machines that nobody has seen before: shapes drawn at
# random, each booted by a real kernel in an emulator, its log replayed.
#
#   linux_live.sh [NR_SHAPES]
#
# MMINIT_SEED draws the same shapes again.
set -euo pipefail
nr_shapes=${1:-6}
seed=${MMINIT_SEED:-$(date +%s)}
boot=${MMINIT_SOURCE_DIR:?}/tests/linux/boot.sh

state=$((seed & 0x7fffffff))

# draw N VARIABLE: a number below N.  The low bits of such a generator are poor.
draw() {
	state=$(((state * 1103515245 + 12345) & 0x7fffffff))
	printf -v "$2" %d $(((state >> 8) % $1))
}

# Sizes are in MiB.  The first node has what a kernel needs to boot; a node without memory has a CPU.
draw_nodes() {
	local nr_nodes i kind size cpus
	draw 4 nr_nodes
	sizes='' all_cpus='' total=0
	for ((i = 0; i <= nr_nodes; i++)); do
		draw 6 kind
		draw 15 size
		draw 2 cpus
		case $i$kind in
		0[0-2]) size=$((1024 + 128 * size)) cpus=$((cpus + 1)) ;;
		0*) size=$((1024 + 102 * size)) cpus=$((cpus + 1)) ;;
		*0) size=0 cpus=1 ;;
		*[12]) size=$((256 + 106 * size)) ;;
		*) size=$((256 + 128 * size)) ;;
		esac
		total=$((total + size))
		sizes+=+$size$([ $size = 0 ] || echo M)
		all_cpus+=/$cpus
	done
	shape=${sizes#+},cpus=${all_cpus#/}
	nr_nodes=$i
	draw_distances $nr_nodes
}

# draw_distances NR_NODES: one of the named ones, a drawn symmetric matrix, or the default.
draw_distances() {
	local nr_nodes=$1 kind i j value matrix=''
	local -A distances
	draw 4 kind
	[ "$nr_nodes" -gt 1 ] || kind=3
	for ((i = 0; i < nr_nodes; i++)); do
		for ((j = 0; j < nr_nodes; j++)); do
			draw 50 value
			[ $i != $j ] || value=-1
			distances[$i,$j]=${distances[$j,$i]:-$((11 + value))}
			matrix+=/${distances[$i,$j]}
		done
	done
	case $kind in
	0) shape+=,distance=ring ;;
	1) shape+=,distance=line ;;
	2) shape+=,distance=${matrix#/} ;;
	esac
}

# draw_holes START END: up to two, of whole pages (KiB), one in each half of this part of memory.
draw_holes() {
	local start=$(($1 * 1024)) half=$((($2 - $1) * 512)) nr i size at
	draw 3 nr
	for ((i = 0; i < nr; i++)); do
		draw 4096 size
		draw $(((half - 4 * 4096) / 4)) at
		size=$((4 * (size + 1)))
		at=$((start + i * half + 4 * at))
		shape+=,hole=${size}K@${at}K
	done
}

# The emulator's board has at most 3 GiB below 4 GiB, the rest behind; the initrd lies on top of the low part.
draw_all_holes() {
	if [ $total -le 3072 ]; then
		draw_holes 256 $((total - 192))
	else
		draw_holes 256 2880
		[ $total -lt 3584 ] || draw_holes 4096 $((4096 + total - 3072))
	fi
}

draw_movable() {
	local kind part
	draw 6 kind
	draw 50 part
	part=$((total * (part + 25) / 100))
	case $kind in
	0 | 1) shape+=,kernelcore=${part}M ;;
	2) shape+=,movablecore=${part}M ;;
	esac
}

# draw_steps: takes up to three memory blocks of 128 MiB away and brings them back in some zone, two
# times.  Which of them go is the kernel's affair; the log says it.
draw_steps() {
	local words=(online online_kernel online_movable) end=$((total < 3072 ? total : 3072))
	local first nr word i
	steps=''
	for i in 1 2; do
		draw $((end / 128 - 8)) first
		draw 3 nr
		draw 3 word
		first=$((first + 4))
		steps+=";offline:$first-$((first + nr));${words[word]}:$first-$((first + nr))"
	done
	steps=${steps#;}
}

# draw_case: into $shape and $options.  Between 3 and 3.5 GiB the board would put all of it below
# 4 GiB, which no shape says.
draw_case() {
	local kind
	until
		draw_nodes
		[ $total -le 3072 ] || [ $total -ge 3584 ]
	do :; done
	draw_all_holes
	draw_movable
	options=()
	draw 3 kind
	[ "$kind" != 0 ] || options+=(--emulator '-cpu max,la57=off')
	draw 6 kind
	draw_steps
	case $kind in
	0) options+=(--append "mem=$((total * 3 / 4))M") ;;
	[123]) options+=(--steps "$steps") ;;
	esac
}

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
echo "report: linux_live: seed $seed"
nr_differ=0
for ((i = 1; i <= nr_shapes; i++)); do
	draw_case
	echo "$i: $shape ${options[*]}"
	status=0
	"$boot" --log "$scratch/log" "${options[@]}" "$shape" >"$scratch/replay" || status=$?
	case $status in
	0) echo "report: linux_live: $shape ${options[*]}: agrees" ;;
	77) exit 77 ;;
	*)
		nr_differ=$((nr_differ + 1))
		cat "$scratch/replay"
		echo "differs (exit $status); again: MMINIT_SEED=$seed, or" \
			"$boot ${options[*]@Q} '$shape'"
		;;
	esac
done
echo "$nr_differ of $nr_shapes shapes differ"
[ $nr_differ = 0 ]
