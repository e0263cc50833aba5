#!/bin/bash
# SPDX-License-Identifier: MIT
# native only: the emulator keeps a table of every page that is mapped, used or not, and dies of a petabyte.
# Machines whose last memory, or last window, lies petabytes up: what is done goes by the memory, not
# by the span.  Nothing here is timed: `verify` counts its steps and takes too many for an endless
# loop, marks and tables of the size of the span are refused by the system, and the rest would hang.
source "$(dirname "$0")/checks.bash"
cd "$work_dir" || exit 1

# machine ARCH VERSION LINE...: a machine file of two nodes, with 512 MiB at 1 GiB and what the lines say.
machine() {
	printf 'mminit-machine 1\narch %s\nlinux %s\nnode 0 online\nnode 1 online\n' "$1" "$2"
	printf 'cpus 0-1 node 0\ncpus 2-3 node 1\nmemory 0x40000000-0x60000000 node 0\n'
	printf '%s\n' "${@:3}"
}
machine x86_64 6.1 'memory 0x8000000000000-0x8000010000000 node 0' >hole_in_node
machine x86_64 7.x 'memory 0x8000000000000-0x8000010000000 node 1' >other_node
machine arm64-64k 7.x 'memory 0x8000000000000-0x8000020000000 node 0' >large_sections
machine ppc64-64k 6.1 'memory 0x4000000000000-0x4000010000000 node 0' >small_sections
machine x86_64 6.12 'memory 0x100000000-0x110000000 node 1' \
	'window 0x8000000000000-0xc000000000000 node 1' >window

for name in hole_in_node other_node large_sections small_sections window; do
	expect "$name: run" 0 "" run $name --show-binding
	grep -q '^verify *hold' <<<"$out" || fail "$name: run: $out"
	expect "$name: verify" 0 "" verify $name --schedules 2
	expect "$name: stress" 0 "" stress $name --operations 500
	expect "$name: on demand" 0 "" stress $name --init on-demand --operations 500
	expect "$name: pagetypeinfo" 0 "" show $name --as pagetypeinfo
done
expect "window: hotplug" 0 "" stress window --operations 500 --hotplug \
	<(echo 'add:16777216-16777217; online_kernel:16777216-16777217; offline:16777216-16777217; again:2')
finish
