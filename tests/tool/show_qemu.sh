#!/bin/bash
# SPDX-License-Identifier: MIT
# native only: what it looks at is held against the native tool's by same_everywhere.sh.
# `show --as qemu` gives back the emulator options by which the machine of a captured boot was made:
# CPUs, memory, nodes, distances, and the holes that were punched with memmap=.
source "$(dirname "$0")/checks.bash"
boots=$MMINIT_SOURCE_DIR/tests/linux

# One option a line, sorted; how memory is set aside on the host is no part of the machine.
words() {
	sed 's/,reserve=off//g' | sed -E "s/ (-[a-z])/\n\1/g; s/'//g" | sed -E 's/^ +| +$//g' | sort
}

for name in one-node-4g one-node-256m two-nodes-8g v612-two-nodes-8g v72-two-nodes-8g four-nodes-ring \
	eight-nodes-two-groups section-shared no-cpu-node no-memory-node kernelcore big-256g \
	arm64-two-nodes ppc64el-two-nodes; do
	theirs=$(sed -n 's/^==QEMU //p' "$boots/$name.log" | tr -d '\r')
	ours=$("$MMINIT" show "$boots/$name.log" --as qemu) || fail "$name: exit code $?"
	diff <(words <<<"$theirs") <(words <<<"$ours") >"$work_dir/diff" || fail "$name: $(cat "$work_dir/diff")"
done

ours=$("$MMINIT" show "$boots/holes.log" --as qemu)
grep -q -- '-m 8G ' <<<"$ours" || fail "holes: expected 8 GiB with the holes in them: $ours"
for hole in $(sed -n 's/^==APPEND //p' "$boots/holes.log" | tr -d '\r' | grep -o 'memmap=[^ ]*'); do
	# In bytes: 128M$6G and 131072K$6144M are one hole.
	IFS='=$' read -r _ size start <<<"$hole"
	size=$(numfmt --from=iec "$size")
	case $start in
	0x*) start=$((start)) ;;
	*) start=$(numfmt --from=iec "$start") ;;
	esac
	found=no
	for ourhole in $(grep -o 'memmap=[^ '\'']*' <<<"$ours"); do
		IFS='=$' read -r _ our_size our_start <<<"$ourhole"
		# The kernel takes whole pages: holes that are not aligned grow.
		[ "$(numfmt --from=iec "$our_start")" -le "$start" ] &&
			[ $(($(numfmt --from=iec "$our_start") + $(numfmt --from=iec "$our_size"))) -ge $((start + size)) ] &&
			found=yes
	done
	[ $found = yes ] || fail "holes: $hole is not in: $ours"
done

printf "%s\n" "Linux version 6.1.0-56-amd64" \
	"BIOS-e820: [mem 0x0000000000100000-0x00000000ffffffff] usable" \
	"SRAT: Node 200 PXM 1 [mem 0x00000000-0xffffffff]" >"$work_dir/node-200.log"
expect "a node id that the emulator has not" 6 "node 200: expected" show "$work_dir/node-200.log" --as qemu
finish
