#!/bin/sh
# SPDX-License-Identifier: MIT
# Proves that libmminit.so shows what the public headers declare, all of it and nothing else, all
# with the prefix, and that its SONAME has a number.
#
#   test_exports.sh LIBRARY HEADER_OF_ALL INCLUDE_DIR COMPILER
#
# $NM lists symbols of the library's processor.
set -eu
library=$1
all_headers=$2
include_dir=$3
compiler=$4
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
export LC_ALL=C

"$NM" -D --defined-only "$library" | awk '{ print $NF }' | sort >"$scratch/shown"
# gcc's list of prototypes, each after the place of its declaration.
"$compiler" -I"$include_dir" -aux-info "$scratch/prototypes" -x c -fsyntax-only "$all_headers"
grep "^/\* $include_dir/mminit/" "$scratch/prototypes" | grep ' extern ' |
	sed -E 's/.*[ *](mmi_[a-z0-9_]+) \(.*/\1/' | sort -u >"$scratch/declared"

echo "declared: $(wc -l <"$scratch/declared"), shown: $(wc -l <"$scratch/shown")"
[ -s "$scratch/declared" ]
diff "$scratch/declared" "$scratch/shown" || {
	echo "expected what is declared (<) to be what is shown (>)"
	exit 1
}
if grep -v '^mmi_' "$scratch/shown"; then
	echo "expected mmi_ in front of these"
	exit 1
fi
readelf -d "$library" | grep 'SONAME.*\[libmminit\.so\.[0-9][0-9]*\]'
