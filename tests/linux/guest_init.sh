#!/bin/busybox sh
# SPDX-License-Identifier: MIT
# shellcheck shell=dash
# /init of the guest that boot.sh starts: prints what the kernel says of its memory, carries out the
# steps of the kernel parameter mminit.steps=, prints again after each, and powers off.
#
#   mminit.steps=STEP;STEP...   STEP = WORD:FIRST-LAST: write WORD to the state of these memory blocks
#
# The lines that begin with "==" are what a replay reads the log by:
#
#   ==STEP name                 a set of dumps follows
#   ==FILE path                 a dump
#   ==ACT word memoryN/state ok|failed
#   ==DONE
/bin/busybox --install -s /bin
mount -t proc proc /proc
mount -t sysfs sysfs /sys

# The console holds back what this script prints, and kernel messages pass it by: none may fall
# into the middle of a line.  Any change of the terminal's settings waits until all is out.
drain() {
	stty -echo </dev/console
}

dump_files() {
	local path
	for path; do
		echo "==FILE $path"
		cat "/$path"
	done
}

dump_nodes() {
	local dir
	for dir in /sys/devices/system/node/node[0-9]*; do
		dump_files "${dir#/}/distance" "${dir#/}/cpulist"
	done
}

# "memory40 offline node1 Normal Movable": block, state, node, zones that it is in or may go to.  Of
# a block that nodes share, the last one.
dump_memory_blocks() {
	local dir link node
	echo "==FILE memory-blocks"
	for dir in /sys/devices/system/memory/memory[0-9]*; do
		for link in "$dir"/node[0-9]*; do
			node=${link##*/}
		done
		echo "${dir##*/} $(cat "$dir/state") $node $(cat "$dir/valid_zones")"
	done
}

# Reading lowmem_reserve_ratio makes some kernels compute the reserves anew: it comes last.
dump_settings() {
	local name
	echo "==FILE proc/sys/vm"
	for name in min_free_kbytes watermark_scale_factor lowmem_reserve_ratio; do
		echo "$name $(cat /proc/sys/vm/$name)"
	done
}

dump_step() {
	echo "==STEP $1"
	dump_files proc/zoneinfo proc/buddyinfo proc/pagetypeinfo proc/meminfo proc/iomem
	dump_nodes
	dump_files sys/devices/system/memory/block_size_bytes
	dump_memory_blocks
	echo "==FILE page-frames"
	page_frames
	dump_settings
	drain
}

# act WORD BLOCK
act() {
	local result=failed
	if echo "$1" 2>/dev/null >"/sys/devices/system/memory/memory$2/state"; then
		result=ok
	fi
	echo "==ACT $1 memory$2/state $result"
	drain
}

# carry_out WORD:FIRST-LAST
carry_out() {
	local word=${1%%:*} range=${1#*:} block
	for block in $(seq "${range%-*}" "${range#*-}"); do
		act "$word" "$block"
	done
}

steps=$(sed -n 's/.*mminit\.steps=\([^ ]*\).*/\1/p' /proc/cmdline | tr ';' ' ')
drain
dump_step boot
for step in $steps; do
	carry_out "$step"
	dump_step "$step"
done
echo "==DONE"
drain
poweroff -f
