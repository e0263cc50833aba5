#!/bin/bash
# SPDX-License-Identifier: MIT
# labels: docs
# release only: it is of the headers, which are the same.
# The library's reference: doxygen makes it without a warning, every function says what it does, the
# conventions stand on mminit.h's page, and the check would see a function that says nothing.
source "$(dirname "$0")/checks.bash"
command -v doxygen >/dev/null || {
	echo "no doxygen"
	exit 77
}
cmake "$MMINIT_BINARY_DIR" >/dev/null # it may have been configured without doxygen
out=$(cmake --build "$MMINIT_BINARY_DIR" --target docs 2>&1) || fail "the reference: $out"
pages=$MMINIT_BINARY_DIR/reference/html
nr_functions=$(grep -o '<h2 class="memtitle">.*mmi_[a-z_]*()' -r "$pages" | wc -l)
echo "functions in the reference: $nr_functions"
[ "$nr_functions" -ge 100 ] || fail "expected a hundred functions at least"
grep -q 'What holds of every function' "$pages/mminit_8h.html" || fail "no conventions"

# planted REASON LINE...: a header with these lines is refused for that reason.
planted() {
	local reason=$1 tree=$work_dir/tree
	shift
	rm -rf "$tree" && mkdir -p "$tree/include/mminit"
	printf '%s\n' '/* SPDX-License-Identifier: MIT */' '/* A header. */' "$@" >"$tree/include/mminit/planted.h"
	sed "s#^INPUT .*#INPUT = $tree/include/mminit#; s#$MMINIT_BINARY_DIR/reference#$work_dir/reference#" \
		"$MMINIT_BINARY_DIR/Doxyfile" >"$work_dir/Doxyfile"
	out=$(sh "$MMINIT_SOURCE_DIR/cmake/reference.sh" doxygen "$work_dir/Doxyfile" "$work_dir/reference") &&
		fail "not refused: $reason"
	grep -q "$reason" <<<"$out" || fail "expected '$reason', got: $out"
}
planted 'mmi_told_nothing.*is not documented' 'int mmi_told_nothing(int nid);'
planted 'mmi_second.*is not documented' '/* Told. */' 'int mmi_first(int nid);' '' 'int mmi_second(int nid);'
finish
