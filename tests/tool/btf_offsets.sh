#!/bin/bash
# SPDX-License-Identifier: MIT
# labels: linux-live
# The fields of struct mmi_page lie where those of struct page lie in a real kernel: offsets from the
# type information (BTF) inside Debian's kernel package, which is fetched, not installed.
set -euo pipefail
source_dir=${MMINIT_SOURCE_DIR:?}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# unpack_vmlinux IMAGE FILE: the kernel inside a compressed image, by the magic of what packed it.
unpack_vmlinux() {
	local offset
	if offset=$(LC_ALL=C grep -abom1 $'\xFD7zXZ' "$1"); then
		tail -c +$((${offset%%:*} + 1)) "$1" | xz -dc >"$2" 2>/dev/null || true
	elif offset=$(LC_ALL=C grep -abom1 $'\x28\xB5\x2F\xFD' "$1"); then
		tail -c +$((${offset%%:*} + 1)) "$1" | zstd -dc >"$2" 2>/dev/null || true
	fi
	# What follows the packed kernel makes the unpacker complain; what counts is what came out.
	[ -s "$2" ] || {
		echo "no kernel found in $1: xz or zstd expected"
		exit 1
	}
}

# Theirs and ours, and the offset of ours.
our_offsets() {
	cat >"$work/ours.c" <<-'C'
		#include <stddef.h>
		#include <stdio.h>
		#include "mminit/memmap.h"
		#define SHOW(theirs, ours) printf("%s %zu\n", theirs, offsetof(struct mmi_page, ours))
		int main(void)
		{
			SHOW("flags", flags);
			SHOW("lru", lru);
			SHOW("mapping", mapping);
			SHOW("index", index);
			SHOW("private", private_data);
			SHOW("_mapcount", page_type);
			SHOW("_refcount", refcount);
			SHOW("memcg_data", memcg_data);
			return 0;
		}
	C
	cc -I"$source_dir/include" -o "$work/ours" "$work/ours.c"
	"$work/ours"
}

kernel=$("$source_dir/tests/vm/fetch_kernel.sh")
unpack_vmlinux "$kernel" "$work/vmlinux"
pahole -C page "$work/vmlinux" >"$work/page"
nr_fields=0
while read -r field offset; do
	theirs=$(awk -v field="$field;" '$0 ~ "[ *]" field && !found { match($0, /\/\*[ 0-9:]*/)
		split(substr($0, RSTART + 2), number); print number[1]; found = 1 }' "$work/page")
	[ "$theirs" = "$offset" ] || {
		echo "FAILED: $field is at ${theirs:-no place} in $kernel, at $offset here"
		exit 1
	}
	nr_fields=$((nr_fields + 1))
done < <(our_offsets)
[ "$nr_fields" = 8 ]
echo "report: btf_offsets: $nr_fields fields of struct page lie where those of $(basename "$kernel") do"
