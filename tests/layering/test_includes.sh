#!/bin/sh
# SPDX-License-Identifier: MIT
# Proves that the tree keeps to the rooms, and that the check would see it if it did not.
#
#   test_includes.sh SOURCE_DIR
set -eu
cd "$1"
awk_program=$PWD/tests/layering/includes.awk
table=$PWD/tests/layering.txt
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

check_tree() {
	# shellcheck disable=SC2046 # names in this tree have no spaces
	awk -f "$awk_program" "$table" $(find src include tests bench -name '*.[ch]' -o -name '*.cpp')
}

# rejects REASON FILE LINE...: a copy of the tree with such a FILE in it is rejected, for that file
# and that reason.
rejects() {
	reason=$1 file=$2
	shift 2
	rm -rf "$scratch/tree"
	mkdir "$scratch/tree"
	cp -r src include tests bench "$scratch/tree"
	mkdir -p "$scratch/tree/$(dirname "$file")"
	printf '%s\n' "$@" >"$scratch/tree/$file"
	if (cd "$scratch/tree" && check_tree) >"$scratch/out"; then
		echo "not rejected: $reason"
		exit 1
	fi
	grep "^$file: .*$reason" "$scratch/out" || {
		echo "expected \"$file: $reason\", but it says:"
		cat "$scratch/out"
		exit 1
	}
}

check_tree
licence='/* SPDX-License-Identifier: MIT */'
rejects "room machine may not include .* of room platform" src/machine/planted.c \
	"$licence" '#include "mminit/platform_native.h"'
rejects "freestanding, but includes <stdio.h>" src/zone/planted.c "$licence" '#include <stdio.h>'
rejects "which is not in the tree" src/zone/planted.c "$licence" '#include "no_such_file.h"'
rejects "room tool may include public headers only" src/tool/planted.c \
	"$licence" '#include "machine/sort.h"'
rejects 'room "attic" is not in the table' src/attic/planted.c "$licence"
rejects "the basename is also that of" tests/planted/sort.h "$licence"
rejects "the first line is not the licence" src/zone/planted.c '#include <stddef.h>'
